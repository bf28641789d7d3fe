import LibC

/// The `date` of an answer, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
enum HTTPDate {
    static func text(at unixSeconds: Int) -> String {
        var seconds = time_t(unixSeconds)
        var time = tm()
        gmtime_r(&seconds, &time)
        let form: StaticString = "Sun, 00 Jan 0000 00:00:00 GMT"
        let days: StaticString = "SunMonTueWedThuFriSat"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        return String(unsafeUninitializedCapacity: form.utf8CodeUnitCount) { text in
            func put(_ name: Int32, of names: StaticString, at start: Int) {
                for offset in 0..<3 { text[start + offset] = names.utf8Start[Int(name) * 3 + offset] }
            }
            func put(_ number: Int32, at start: Int) {
                text[start] = UInt8(ascii: "0") + UInt8(number / 10)
                text[start + 1] = UInt8(ascii: "0") + UInt8(number % 10)
            }
            for index in 0..<form.utf8CodeUnitCount { text[index] = form.utf8Start[index] }
            put(time.tm_wday, of: days, at: 0)
            put(time.tm_mday, at: 5)
            put(time.tm_mon, of: months, at: 8)
            put((time.tm_year + 1900) / 100, at: 12)
            put(time.tm_year % 100, at: 14)
            put(time.tm_hour, at: 17)
            put(time.tm_min, at: 20)
            put(time.tm_sec, at: 23)
            return form.utf8CodeUnitCount
        }
    }
}
