import Foundation
import ResponsesAPI
import Testing

@testable import ResponsesClient

struct StructuredOutputTests {
    private func response(
        _ content: [ContentPart], status: ResponseObject.Status = .completed, reason: String? = nil, calls: [Item] = []
    ) -> ResponseObject {
        var fields = ResponseObject.Fields(id: "resp_1", model: "m", status: status)
        fields.output = (content.isEmpty ? [] : [.message(.assistant, content)]) + calls
        fields.incompleteReason = reason
        return ResponseObject(fields)
    }

    private func failure<T>(_ form: StructuredOutput<T>, _ response: ResponseObject) -> ClientError? {
        do throws(ClientError) {
            _ = try form.decode(response)
            Issue.record("it decoded")
            return nil
        } catch {
            #expect(error.response == response)
            return error
        }
    }

    @Test func aTypeBecomesAFormat() throws {
        guard case .jsonSchema(let format) = try StructuredOutput(City.self).format else {
            Issue.record("no schema")
            return
        }
        #expect(format.name == "City")
        #expect(format.strict == true)
        #expect(format.schema == (try JSONSchema(of: City.self).raw))
    }

    @Test func theFormatIsOneThatTheAPITakes() throws {
        var request = CreateRequest()
        request.text.format = try StructuredOutput([Box<City>].self).format
        #expect(try CreateRequest(parsing: request.encoded()).text.format == request.text.format)
    }

    @Test func textDecodesIntoTheType() throws {
        let city = City(name: "Köln", country: "DE")
        let form = try StructuredOutput(City.self)
        let text = try ToolJSON.encode(city)
        #expect(try form.decode(response([.outputText(JSONText(text))])) == city)
        // In several parts, as servers may send it.
        let half = text.index(text.startIndex, offsetBy: 9)
        #expect(
            try form.decode(response([.outputText(JSONText(String(text[..<half]))), .outputText(JSONText(String(text[half...])))]))
                == city)
    }

    @Test func whatIsNoObjectIsWrapped() throws {
        let list = try StructuredOutput([Point].self)
        guard case .jsonSchema(let format) = list.format else { return }
        #expect(format.name == "Array_Point")
        #expect(format.strict == true)
        #expect(try list.decode(response([.outputText(#"{"value":[{"x":1,"y":2}]}"#)])) == [Point(x: 1, y: 2)])
        #expect(try StructuredOutput(Mode.self).decode(response([.outputText(#"{"value":"write"}"#)])) == .write)
        #expect(try StructuredOutput(Int?.self).decode(response([.outputText(#"{"value":null}"#)])) == nil)
        #expect(
            failure(list, response([.outputText(#"{"value":[{"x":1}]}"#)]))?.message
                == "The output does not fit Array<Point>. 'value[0].y' is missing: expected a number. The server seems not to enforce "
                + "the schema.")
    }

    @Test func aRefusalKeepsItsWordsOutOfTheDescription() throws {
        let error = failure(try StructuredOutput(City.self), response([.refusal("I will not say SECRET.")]))
        #expect(error?.code == .refusal)
        #expect("\(error!)" == "The model refused to answer. Its words are in the output of the error's response. (refusal)")
        #expect(!String(reflecting: error!).contains("SECRET"))
    }

    @Test(arguments: [
        ("max_output_tokens", "max_output_tokens. Allow more with max_output_tokens."), ("content_filter", "content_filter."),
        (nil, "the server gave no reason."),
    ]) func anIncompleteResponseTellsItsReason(_ reason: String?, _ ending: String) throws {
        let error = failure(
            try StructuredOutput(City.self), response([.outputText(#"{"name":"#)], status: .incomplete, reason: reason))
        #expect(error?.code == .incompleteOutput)
        #expect(error?.message == "The response ended before the City was whole: \(ending)")
    }

    @Test func aFailedResponseHoldsNoOutput() throws {
        let error = failure(try StructuredOutput(City.self), response([], status: .failed))
        #expect(error?.code == .incompleteOutput)
        #expect(error?.message == "The response is 'failed', so it holds no City.")
    }

    @Test func textThatDoesNotFitIsExplainedWithoutQuoting() throws {
        let form = try StructuredOutput(City.self)
        let prose = failure(form, response([.outputText("The city is SECRET")]))
        #expect(prose?.code == .invalidOutput)
        #expect(prose?.message.hasPrefix("The output does not fit City. It is not valid JSON: ") == true)
        #expect(prose?.message.contains("SECRET") == false)
        let wrong = failure(form, response([.outputText(#"{"name":"SECRET","country":3}"#)]))
        #expect(
            wrong?.message == "The output does not fit City. 'country' has the wrong type: expected a string. The server seems not to "
                + "enforce the schema.")
    }

    @Test func aResponseWithoutTextSaysWhatItHoldsInstead() throws {
        let form = try StructuredOutput(City.self)
        #expect(failure(form, response([]))?.message == "The response holds no text, so no City.")
        let call = Item.functionCall(callID: "call_1", name: "look", arguments: "{}")
        #expect(
            failure(form, response([], calls: [call]))?.message
                == "The response holds no text, so no City. It calls tools: run them and send their outputs, or offer none.")
    }
}
