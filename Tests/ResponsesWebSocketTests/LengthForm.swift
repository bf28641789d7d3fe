/// How a test writes a frame's length, as a wrong form must be refused.
enum LengthForm {
    case shortest
    case twoBytes
    case eightBytes
}
