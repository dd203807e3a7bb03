-- What a provider's message says in the words of the model; NULL in rows of before.
ALTER TABLE provider_events ADD COLUMN reports TEXT;
