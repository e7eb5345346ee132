"""`darkroom import-legacy`: bring the data of the older single application home.

source.py    the legacy database, read in one read-only transaction
  rows       one module a noun: users, jobs, requests, content, tags, bookmarks (pure)
links.py     which job made which content (pure)
units.py     a job and its items, as Darkroom writes them (pure)
files.py     the media, copied, hashed and verified
run.py       all of it in order, batch by batch; each batch is one transaction of the target
"""
