"""`darkroom import-legacy`: bring the data of the older single application home.

schema.py  queries.py     which tables and columns are there, and how each is read (pure)
source.py  index.py       the legacy database, in one read-only transaction: first a few facts,
reading.py                then the rows, batch by batch
users.py  jobs.py  requests.py  content.py  tags.py  bookmarks.py     a legacy noun each (pure)
links.py                  which job made which content (pure)
units.py                  a job and its item, as Darkroom has them: job_rows.py, item_rows.py (pure)
files.py  opening.py      the media, copied, hashed and verified
batches.py  target.py     each batch: look, copy, write in one transaction, count
run.py                    all of it in order
"""
