/// A compressed body that is larger than the limit once it is unpacked.
struct DecodedTooLarge: Error {}
