"""The record and the queue of record, on a real database."""
