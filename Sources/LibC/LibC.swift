// The C library of the platform. The one place that knows its name: others import `LibC`.
//
// `@_exported`: with MemberImportVisibility, too, who imports this module sees all of the C library, members included.
@_exported import CHeap

#if canImport(Glibc)
@_exported import Glibc
#elseif canImport(Musl)
@_exported import Musl
#elseif canImport(Darwin)
@_exported import Darwin
#endif
