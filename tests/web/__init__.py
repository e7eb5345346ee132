"""The page in a real browser, against the really running system."""
