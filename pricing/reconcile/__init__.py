"""Hold a bill against a log, to the last digit, and name the cause of every difference.

``invoices/`` reads statements, ``log`` our usage into a cube, ``trial`` rates the cube again under
causes (one file each in ``causes/``), ``search`` finds the causes that the bill agrees with.
"""
