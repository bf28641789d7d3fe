import LibC

/// A file that is opened before the measurement, so that no result is lost over a wrong path.
struct OutputFile {
    let path: String

    init(_ path: String) throws(Failure) {
        self.path = path
        let isNew = access(path, F_OK) != 0
        guard let file = fopen(path, "a") else { throw .cannotWrite(path) }
        fclose(file)
        // A measurement that fails leaves no empty page.
        if isNew { unlink(path) }
    }

    func write(_ text: String) throws(Failure) {
        guard let file = fopen(path, "w") else { throw .cannotWrite(path) }
        let bytes = Array(text.utf8)
        let isWhole = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWhole else { throw .cannotWrite(path) }
    }
}

extension Failure {
    fileprivate static func cannotWrite(_ path: String) -> Failure {
        Failure(
            message: "cannot write '\(path)': \(String(cString: strerror(errno)))", wayOut: "Give --report another file.", code: 73)
    }
}
