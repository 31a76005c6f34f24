"""Use cases: one public function is one act of the office and one transaction."""
