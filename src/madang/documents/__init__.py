"""Papers as files: one record to HWPX, PDF, DOCX, XLSX and HTML, with a manifest of every figure."""
