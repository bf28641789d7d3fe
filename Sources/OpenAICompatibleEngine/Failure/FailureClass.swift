/// Which kind of failure an engine reports, by its status, its code and its words.
///
/// The words come first where statuses differ between engines: a context that is too long is 400, 413, 429, 500 or none.
enum FailureClass: Sendable, Hashable {
    case contextLength
    /// More output is asked for than the context leaves.
    case outputLimit
    /// A filter caught the input.
    case flagged
    /// Our key is wrong.
    case key
    /// No money, or a quota that does not come back by waiting.
    case quota
    case model
    /// Something else listens there, or another path is meant.
    case address
    case timeout
    case rateLimit
    /// The engine is there, its model is not yet.
    case loading
    case overload
    case tooLarge
    case request
    case failed

    /// - Parameter httpStatus: nil for an error inside a stream.
    init(_ failure: EngineFailure, httpStatus: Int?) {
        let names = [failure.type, failure.code].map(Self.plain)
        // A name is one word, so words within words do not count as they would in a sentence.
        let text = failure.message.lowercased()
        switch ContextWordings.meaning(of: failure.message, names: [failure.type, failure.code]) {
        case .input where !Self.isRate(text):
            self = .contextLength
            return
        case .outputLimit:
            self = .outputLimit
            return
        case .input, nil: break
        }
        let known = names.compactMap { Self.named[$0] }
        // Many types say no more than that it is the request.
        let named = known.first { $0 != .request } ?? known.first
        let status = httpStatus.flatMap { (300...599).contains($0) ? $0 : nil } ?? failure.status
        if failure.isFlagged || named == .flagged || Self.isFlagged(text, status) {
            self = .flagged
            return
        }
        if Self.isQuota(failure, text, named, status) {
            self = .quota
            return
        }
        switch named {
        case .rateLimit?, .overload?, .loading?:
            // These names mean what they say under any status.
            self = named == .overload && Self.isLoading(text) ? .loading : named ?? .overload
        case let named?: self = Self.class(of: status, named, text, failure) ?? named
        case nil: self = Self.class(of: status, nil, text, failure) ?? Self.class(of: text)
        }
    }

    // MARK: By status

    private static func `class`(of status: Int?, _ named: FailureClass?, _ text: String, _ failure: EngineFailure) -> FailureClass? {
        switch status {
        case nil: return named
        case 401, 403: return named == .model ? .model : .key
        case 402: return .quota
        case 404 where text.contains("no endpoints found"): return .request
        case 404 where named == .model || isAboutModel(failure, text): return .model
        case 404, 405, 301, 302, 303, 307, 308: return .address
        case 408, 504, 522, 524: return .timeout
        case 413: return .tooLarge
        case 429: return .rateLimit
        case 503, 529, 498: return isLoading(text) ? .loading : .overload
        case (400..<500)?:
            if named == .key || isWrongKey(text) { return .key }
            if named == .model || isMissingModel(text) { return .model }
            // The model made nothing that can be read: nothing is wrong with the request.
            if named == .failed { return .failed }
            return isLoadingNow(text) ? .loading : .request
        case (500...599)?:
            // llama.cpp answers 500 for input that its model cannot take.
            if text.contains("input is not supported") { return .request }
            if named == .request || named == .timeout { return named }
            return isLoadingNow(text) ? .loading : .failed
        default: return nil
        }
    }

    /// Where neither a status nor a name says it.
    private static func `class`(of text: String) -> FailureClass {
        if has(text, ["rate limit", "too many requests"]) { return .rateLimit }
        if has(text, ["overloaded", "at capacity", "server busy", "server is busy"]) { return .overload }
        if isLoadingNow(text) { return .loading }
        if isMissingModel(text) { return .model }
        if isWrongKey(text) { return .key }
        return has(text, ["timed out", "deadline exceeded"]) ? .timeout : .failed
    }

    // MARK: By name

    /// What codes and types stand for, in lower case and without marks between their words.
    private static let named: [String: FailureClass] = [
        "ratelimitexceeded": .rateLimit, "ratelimiterror": .rateLimit, "ratelimitreached": .rateLimit, "ratelimited": .rateLimit,
        "ratelimit": .rateLimit, "toomanyrequests": .rateLimit, "requestlimitexceeded": .rateLimit, "ratelimitreachederror": .rateLimit,
        "throttlingexception": .rateLimit, "throttling": .rateLimit, "throttled": .rateLimit, "throttlingratequota": .rateLimit,
        "resourceexhausted": .rateLimit, "limitrequests": .rateLimit, "tokensperminuteexceeded": .rateLimit,
        "overloadederror": .overload, "overloaded": .overload, "serverisoverloaded": .overload, "engineoverloaded": .overload,
        "engineoverloadederror": .overload, "serviceunavailable": .overload, "serviceunavailableerror": .overload, "unavailable": .overload,
        "unavailableerror": .overload, "modeloverloaded": .overload, "capacityexceeded": .overload, "nocapacity": .overload,
        "insufficientsystemresource": .overload, "servicebusy": .overload, "serverbusy": .overload,
        "modelloading": .loading, "modelisloading": .loading, "modelnotready": .loading, "modelnotreadyexception": .loading,
        "insufficientquota": .quota, "billinghardlimitreached": .quota, "billingnotactive": .quota, "billingerror": .quota,
        "exceededcurrentquotaerror": .quota, "quotaexceeded": .quota, "insufficientbalance": .quota, "insufficientcredits": .quota,
        "paymentrequired": .quota, "arrearage": .quota, "creditlimitexceeded": .quota, "insufficientuserquota": .quota,
        "contentfilter": .flagged, "contentpolicyviolation": .flagged, "responsibleaipolicyviolation": .flagged, "datainspectionfailed": .flagged,
        "moderation": .flagged, "moderationblocked": .flagged, "contentmoderation": .flagged, "sensitive": .flagged, "promptblocked": .flagged,
        "invalidpromptflagged": .flagged,
        "invalidapikey": .key, "authenticationerror": .key, "invalidauthentication": .key, "invalidauthenticationerror": .key,
        "unauthorized": .key, "unauthenticated": .key, "permissiondenied": .key, "permissionerror": .key, "incorrectapikeyerror": .key,
        "accessdenied": .key,
        "modelnotfound": .model, "modelnotexist": .model, "modelnotfounderror": .model, "invalidmodel": .model, "unknownmodel": .model,
        "deploymentnotfound": .model, "modelunavailable": .model,
        "toolusefailed": .failed, "outputparsefailed": .failed, "malformedfunctioncall": .failed,
        "timeout": .timeout, "timeouterror": .timeout, "gatewaytimeout": .timeout, "requesttimeout": .timeout, "deadlineexceeded": .timeout,
        "badrequest": .request, "badrequesterror": .request, "invalidrequest": .request, "invalidrequesterror": .request,
        "invalidargument": .request, "invalidparametererror": .request, "invalidparameter": .request, "failedprecondition": .request,
        "validationerror": .request, "validation": .request, "unprocessableentityerror": .request, "extraforbidden": .request,
    ]

    private static func plain(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(80).filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) })).lowercased()
    }

    // MARK: By words

    private static func has(_ text: String, _ parts: [String]) -> Bool { parts.contains { text.contains($0) } }

    /// So many tokens in so much time: too many, but not of one conversation.
    private static func isRate(_ text: String) -> Bool {
        has(text, ["per minute", "per second", "per hour", "per day", "rate limit"]) && !has(text, ["request too large", "must be reduced"])
    }

    private static func isFlagged(_ text: String, _ status: Int?) -> Bool {
        guard status ?? 400 < 500 else { return false }
        return has(
            text,
            [
                "was flagged", "been flagged", "flagged as", "flagged by", "flagged for", "content management policy", "content policy",
                "usage policy", "usage policies", "content filter", "content_filter", "safety filter", "moderation", "inappropriate content",
                "blocked by safety", "usage guidelines", "content exists risk", "prohibited content", "prompt was blocked",
            ])
    }

    private static func isQuota(_ failure: EngineFailure, _ text: String, _ named: FailureClass?, _ status: Int?) -> Bool {
        guard status.map({ [400, 401, 402, 403, 429].contains($0) }) ?? true else { return named == .quota && status != 404 }
        if status == 402 { return true }
        let isNamed = named == .quota
        // Google says the same of what one minute allows, and adds when that is over.
        let passes = failure.retryAfterSeconds != nil || RetryDelay.seconds(inSentence: failure.message) != nil || named == .rateLimit
        if isNamed, plain(failure.code) == "insufficientquota" || plain(failure.type) == "insufficientquota" { return true }
        if passes { return false }
        return isNamed
            || has(
                text,
                [
                    "exceeded your current quota", "current quota exceeded", "insufficient balance", "insufficient credit", "insufficient funds",
                    "insufficient_quota", "credit balance is too low", "requires more credits", "not enough credits", "out of credits",
                    "used all available credits", "no credits", "have any credits", "payment required", "billing hard limit", "monthly spending limit", "spending limit",
                    "monthly usage limit", "account is not active", "in good standing", "plan and billing", "quota is exhausted",
                    "quota has been exhausted", "余额不足", "欠费",
                ])
    }

    /// A message of a sentence about loading. "failed to load" is the end of it, not the middle.
    static func isLoading(_ text: String) -> Bool {
        guard !has(text, ["failed to load", "error loading", "cannot load", "could not load", "unable to load", "failed loading"]) else { return false }
        return has(
            text,
            [
                "loading", "is being loaded", "not loaded yet", "still starting", "is starting", "starting up", "warming up", "not ready", "initializing",
                "initialising", "waking up", "cold start",
            ])
    }

    /// The same where the status says failure: only what cannot be meant in another way.
    private static func isLoadingNow(_ text: String) -> Bool {
        has(text, ["loading model", "model is loading", "currently loading", "still loading", "model is not ready", "model not ready"])
            && isLoading(text)
    }

    private static func isAboutModel(_ failure: EngineFailure, _ text: String) -> Bool {
        failure.param == "model" || text.contains("model") || text.contains("deployment")
    }

    /// Google and xAI answer 400 to a wrong key.
    private static func isWrongKey(_ text: String) -> Bool {
        has(text, ["api key not valid", "invalid api key", "incorrect api key", "api key expired", "api key is invalid", "missing api key"])
    }

    /// Of 400, where "model" stands in many sentences.
    private static func isMissingModel(_ text: String) -> Bool {
        has(
            text,
            [
                "is not a valid model", "model not exist", "model does not exist", "invalid model:", "no such model", "unknown model",
                "model not found", "model_not_found", "not a valid model id", "try pulling it first",
            ])
    }
}
