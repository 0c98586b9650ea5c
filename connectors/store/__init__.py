"""The record and the queue of record: SQL tables and the statements that read and change them."""
