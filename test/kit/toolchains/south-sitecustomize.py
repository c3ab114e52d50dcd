"""Puts back what Django 1.6 and South 1.0 use and Python 3.11 no longer has. Test bench only; each of the four is needed."""
import collections
import collections.abc
import gettext
import html.parser
import inspect

# Gone in Python 3.10.
for name in ("Callable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Set", "Hashable", "Sized", "Container", "MutableSet", "MutableSequence"):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
# Gone in Python 3.11.
ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = lambda function: ArgSpec(*inspect.getfullargspec(function)[:4])
if not hasattr(gettext.NullTranslations, "set_output_charset"):
    gettext.NullTranslations.set_output_charset = lambda self, charset: None
# Gone in Python 3.5.
if not hasattr(html.parser, "HTMLParseError"):
    html.parser.HTMLParseError = type("HTMLParseError", (Exception,), {})
