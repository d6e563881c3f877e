"""The rehearsal's clock: wall time plus an offset that only the rehearsal moves."""
