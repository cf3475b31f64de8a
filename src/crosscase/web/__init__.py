"""The workbench: a page on this machine in which people read, code and look at results.

Routes are thin: they ask a service, and a template or JSON shows the answer. Only services write.
"""
