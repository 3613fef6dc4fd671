"""Pages for print: content as values, written as HTML or set as PDF."""
