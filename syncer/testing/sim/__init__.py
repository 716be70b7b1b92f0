"""A deterministic rig around the real worker: sandbox ledgers, a mailbox, one clock, judges.

``rig`` runs real processes' worth of work in this one: the real flow and store, the real Xero
connector over the sandbox mounted in process, a mail folder or a channel that behaves like
SMTP. ``book`` builds small books, ``people`` change them at chosen moments, ``wire`` cuts a
process short or lets somebody act between two of its steps, ``judges`` look only at the
sandbox's books and the mailbox, ``bugs`` are planted to prove that the judges see them.
"""
