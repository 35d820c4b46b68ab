"""An advisory in the forms that others read: CSAF 2.0 and 2.1, AVID, and feeds."""
