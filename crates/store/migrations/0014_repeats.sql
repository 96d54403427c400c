-- Systems that cannot send idempotency keys: for how long a request for a document that comes again is the same request.
alter table tokens add column repeats_ms bigint;
