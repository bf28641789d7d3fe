import Foundation
import ResponsesAPI

@testable import ResponsesClient

// The types whose schemas the tests ask for.

struct Sizes: Codable, Equatable {
    var yes: Bool
    var text: String
    var whole: Int
    var byte: Int8
    var short: UInt16
    var word: Int32
    var long: Int64
    var natural: UInt
    var real: Double
    var rough: Float
}

struct Optionals: Codable, Equatable {
    var text: String?
    var whole: Int?
    var small: Int8?
    var yes: Bool?
    var real: Double?
    var mode: Mode?
    var nested: Point?
    var list: [Int?]?
}

enum Mode: String, Codable, CaseIterable { case read, write }
enum Level: Int, Codable, CaseIterable { case low = 1, high = 9 }
/// Its values cannot be known.
enum Closed: String, Codable { case open, shut }

struct Point: Codable, Hashable { var x, y: Double }

struct Edit: Codable, Equatable {
    struct Place: Codable, Equatable { var line, column: Int }
    var path: String
    var mode: Mode
    var level: Level
    var places: [Place]
    var tags: Set<String>
}

struct Foundations: Codable, Equatable {
    var date: Date
    var url: URL
    var id: UUID
    var data: Data
    var sum: Decimal
}

struct Maps: Codable, Equatable {
    var counts: [String: Int]
    var numbered: [Int: String]
}

struct Tree: Codable, Equatable {
    var name: String
    var children: [Tree]
}

final class Chained: Codable, Equatable {
    let value: Int
    let next: Chained?
    static func == (left: Chained, right: Chained) -> Bool { left.value == right.value && left.next == right.next }
}

struct Forest: Codable, Equatable {
    var oldest: Tree
    var others: [Tree]
    var best: Tree?
}

/// A recursion that does not end in an optional.
final class Endless: Decodable {
    let next: Endless
}

class Animal: Codable {
    let name: String
    private enum Key: CodingKey { case name }
    required init(from decoder: any Decoder) throws { name = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .name) }
    func encode(to encoder: any Encoder) throws {}
}

/// Reads its superclass from a member of its own.
final class Dog: Animal {
    let age: Int
    private enum Key: CodingKey { case age }
    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        age = try container.decode(Int.self, forKey: .age)
        try super.init(from: container.superDecoder())
    }
}

/// Reads its superclass from the same object.
final class Cat: Animal {
    let lives: Int
    private enum Key: CodingKey { case lives }
    required init(from decoder: any Decoder) throws {
        lives = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .lives)
        try super.init(from: decoder)
    }
}

/// Decoded by hand in all the ways that containers offer.
struct ByHand: Decodable, Equatable {
    var pair: [Int]
    var inner: String
    var all: [Bool]
    var perhaps: Int

    private enum Key: CodingKey { case pair, nested, all, perhaps }
    private enum Inner: CodingKey { case text }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        var pair = try container.nestedUnkeyedContainer(forKey: .pair)
        self.pair = [try pair.decode(Int.self), try pair.decode(Int.self)]
        inner = try container.nestedContainer(keyedBy: Inner.self, forKey: .nested).decode(String.self, forKey: .text)
        var list = try container.nestedUnkeyedContainer(forKey: .all)
        all = []
        while !list.isAtEnd { all.append(try list.decode(Bool.self)) }
        perhaps = try container.decodeNil(forKey: .perhaps) ? 0 : container.decode(Int.self, forKey: .perhaps)
    }
}

struct Meters: Codable, Equatable {
    var value: Double
    init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Double.self) }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

struct Renamed: Codable, Equatable {
    var length: Meters
    var filesMax: Int
    private enum CodingKeys: String, CodingKey {
        case filesMax = "max_files"
        case length
    }
}

/// Checks what it is given, so that it must provide its schema.
struct Even: Codable, Equatable, SchemaProviding {
    var value: Int
    init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
        guard value.isMultiple(of: 2) else { throw ToolFailure("odd") }
    }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
    static var schema: JSONValue { ["type": "integer", "multipleOf": 2, "minimum": 2] }
}

enum Shape: Codable, Equatable { case circle(radius: Double), square(side: Double) }

struct Drawing: Codable, Equatable { var title: String; var shapes: [Shape] }
struct Door: Codable, Equatable { var name: String; var state: Closed }
struct House: Codable, Equatable { var doors: [Door] }
struct Odds: Codable, Equatable { var even: Even; var perhaps: Even? }
struct Anything: Codable, Equatable { var value: JSONValue }
struct Nothing: Codable, Equatable {}
struct Box<Content: Codable & Equatable & Sendable>: Codable, Equatable { var content: Content }

struct City: Codable, Equatable, SchemaDescribing {
    var name: String
    var country: String
    static var fieldDescriptions: [String: String] { ["country": "Two letters.", "name": "As its people spell it."] }
}

struct Trip: Codable, Equatable { var stops: [City]; var home: City? }
