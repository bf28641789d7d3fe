/// A row that is not as the store writes them: the file is damaged where SQLite does not see it.
struct DamagedRow: Error {}
