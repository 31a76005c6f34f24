"""Writers of the office's files: plain frozen data in, the bytes of a workbook or Word document out."""
