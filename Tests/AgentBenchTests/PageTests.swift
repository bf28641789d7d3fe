import Testing

@testable import AgentBench

#if canImport(FoundationXML)
import FoundationXML
#endif
import Foundation

struct PageTests {
    @Test func thePageIsWellFormed() {
        let parser = XMLParser(data: Data(HTMLReport(SampleResult.made).html.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test func thePageNeedsNothingElse() {
        let html = HTMLReport(SampleResult.made).html
        for word in ["<script", "<link", "<img", "<iframe", "url(", "@import", "src=", "href=", "https:"] {
            #expect(!html.contains(word), "\(word)")
        }
        // The one address is the name of SVG's vocabulary, which nobody fetches.
        #expect(html.replacing("http://www.w3.org/2000/svg", with: "").contains("http:") == false)
    }

    @Test func whatOthersNamedIsEscaped() {
        var result = SampleResult.made
        result.server = .init(url: "http://host/<script>", model: #""><img src=x onerror='alert(1)'>&"#)
        let html = HTMLReport(result).html
        #expect(!html.contains("<img"))
        #expect(!html.contains("<script"))
        #expect(html.contains("&quot;&gt;&lt;img"))
        #expect(XMLParser(data: Data(html.utf8)).parse())
    }

    @Test func aPageOfOneTurnAndOneWay() {
        var result = SampleResult.made
        result.ways = [result.ways[0]]
        result.ways[0].turns = [result.ways[0].turns[0]]
        let html = HTMLReport(result).html
        #expect(XMLParser(data: Data(html.utf8)).parse())
        #expect(!html.contains("nan"))
    }
}
