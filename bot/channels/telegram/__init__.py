"""Telegram: updates in, replies out."""

import warnings

from telegram.warnings import PTBUserWarning

# Some calls are made by their plain name, as the library's own methods do more than is wanted: they read all updates of an answer
# at once, so that one that cannot be read would lose the others with it, and all of a message just sent.
warnings.filterwarnings("ignore", message="Please use 'Bot.", category=PTBUserWarning)
