/// Who is called when an `Alarm` rings.
protocol AlarmListener: AnyObject {
    /// On the connection's loop.
    func alarmRang()
}
