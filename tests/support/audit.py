"""A superuser who knows how the audit log is chained."""

from __future__ import annotations

# What a superuser who knows the layout would run to make the chain agree with itself again from a row on.
RECHAIN = """
DO $$ DECLARE row identity_auditentry%ROWTYPE; last text; BEGIN
  FOR row IN SELECT * FROM identity_auditentry WHERE sequence >= {first} ORDER BY sequence LOOP
    SELECT hash INTO last FROM identity_auditentry WHERE sequence = row.sequence - 1;
    last := COALESCE(last, '0x' || repeat('0', 64));
    UPDATE identity_auditentry SET previous_hash = last, hash = '0x' || encode(sha256(convert_to((
      SELECT string_agg(octet_length(convert_to(v, 'UTF8')) || ':' || v || ',', '' ORDER BY n) FROM unnest(ARRAY[
        row.sequence::text, row.id::text, to_char(row.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        row.actor_id::text, row.actor_name, row.action, row.subject, row.body, last]) WITH ORDINALITY AS t(v, n)),
      'UTF8')), 'hex') WHERE id = row.id;
    {stop}
  END LOOP;
END $$;
"""
