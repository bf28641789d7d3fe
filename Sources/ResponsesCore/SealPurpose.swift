/// What a sealed text is for; what was sealed for one purpose cannot be opened for another.
public enum SealPurpose: String, Sendable { case reasoning, compaction, thinking }
