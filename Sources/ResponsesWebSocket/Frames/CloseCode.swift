/// Why a WebSocket ended, as the number of RFC 6455 section 7.4 and its IANA registry.
///
/// Any number survives: applications own 3000-4999 and the registry may grow.
package struct CloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = Self(rawValue: 1000)
    /// The server goes down, or the connection reached its lifetime.
    package static let goingAway = Self(rawValue: 1001)
    package static let protocolError = Self(rawValue: 1002)
    /// A kind of data that this endpoint does not take, such as binary messages.
    package static let unacceptableData = Self(rawValue: 1003)
    /// The close frame carried no code. Never sent.
    package static let noStatus = Self(rawValue: 1005)
    /// TCP ended without a close frame. Never sent.
    package static let abnormal = Self(rawValue: 1006)
    /// Data that contradict their type: a text that is not UTF-8.
    package static let invalidPayload = Self(rawValue: 1007)
    package static let policyViolation = Self(rawValue: 1008)
    package static let messageTooBig = Self(rawValue: 1009)
    package static let mandatoryExtension = Self(rawValue: 1010)
    package static let internalError = Self(rawValue: 1011)
    package static let serviceRestart = Self(rawValue: 1012)
    package static let tryAgainLater = Self(rawValue: 1013)
    package static let badGateway = Self(rawValue: 1014)

    /// Whether the code may stand in a close frame: 1004, 1005, 1006 and 1015 only describe, 1016-2999 are not given out,
    /// 3000-4999 belong to applications (RFC 6455 section 7.4).
    package var isAllowedInFrame: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    package var description: String { String(rawValue) }
}
