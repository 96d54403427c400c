-- A gateway that tells us something names the authorisation, and not always an operation of ours.
create index payments_by_authorisation on payments (authorisation) where authorisation is not null;
