-- What was heard where a card is: the kinds of alerts, separated by blanks. A breach that is taken back and turns out to have
-- begun at another instant is not rung there again.
ALTER TABLE cards ADD COLUMN heard TEXT NOT NULL DEFAULT '';
UPDATE cards SET heard = kind;
