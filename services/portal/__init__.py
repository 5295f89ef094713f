"""The web pages: stateless, over the other services' JSON APIs.

Owns nothing but sessions, which rest signed in the visitor's own cookie. Invariants kept here: no
page without a signed-in visitor whose role may see it; nothing is changed without the visitor's own
token and origin; a service that does not answer takes only its own part of a page with it; no
personal data in an address or a log line.

Read in this order: ``app`` (how it is put together), ``access`` (who may see what), ``sources``
(the services behind), ``answers`` (what is read from them), then a module per page.
"""
