"""What tells who somebody is, taken out of what they wrote: numbers, addresses, dates, names.

Rules for English and Spanish as they are written in the United States, the United Kingdom, Ireland, Canada and Spain. They err
towards taking out; what they cannot settle is not to be kept at all. No rule knows a topic, and figures of medicine stay.

presidio-analyzer without a language model (there is none on the package index), phonenumbers and scrubadub were measured on the
same messages: docs/gaps.md has the figures. None knows how people introduce themselves, and each leaves more than half.
"""
