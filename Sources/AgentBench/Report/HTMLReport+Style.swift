extension HTMLReport {
    /// HTTP is warm, WebSocket is cool, other wires are green; of each pair one is light and one is dark, so that grey prints differ too. Lines
    /// that lie on each other get thinner to the front, so that each is seen.
    static let style = """
        :root { --page: #ffffff; --text: #1c2024; --soft: #5a636e; --rule: #dfe3e8; --card: #f5f7f9;
          --http-full: #c2410c; --http-continued: #d99a1c; --websocket: #3b9ad6; --websocket-warm: #14508c;
          --chat: #6ab04c; --messages: #1f6b3a; }
        @media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e7eaee; --soft: #9ba5b1; --rule: #2f353d;
          --card: #1c2026; --http-full: #f0743e; --http-continued: #f2c14e; --websocket: #3f9fe0; --websocket-warm: #d5e3ff;
          --chat: #8fd16f; --messages: #3fa066; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); line-height: 1.5;
          font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 940px; margin: 0 auto; padding: 40px 20px 56px; }
        .kicker { margin: 0 0 6px; color: var(--soft); font-size: 14px; letter-spacing: .04em; }
        h1 { margin: 0 0 12px; font-size: clamp(22px, 3.6vw, 32px); line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
        h2 { margin: 0 0 4px; font-size: 19px; }
        section { margin-top: 40px; }
        section > p { margin: 0 0 12px; color: var(--soft); }
        .lead { margin: 0; font-size: 17px; color: var(--soft); }
        dl { margin: 28px 0 0; padding: 14px 18px; background: var(--card); border-radius: 8px; font-size: 14.5px; }
        dl div { display: grid; grid-template-columns: 84px 1fr; gap: 8px; padding: 2px 0; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        .note { margin: 16px 0 0; padding: 10px 18px; border-left: 3px solid var(--http-continued); background: var(--card); }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 8px; padding: 0; list-style: none; font-size: 14px; }
        .legend li { display: flex; align-items: center; gap: 7px; }
        .legend svg { width: 26px; height: 12px; flex: none; }
        figure { margin: 0; }
        figure svg { display: block; width: 100%; height: auto; }
        svg.narrow { display: none; }
        svg text { font-size: 12.5px; fill: var(--soft); }
        svg .name { font-size: 14px; fill: var(--text); }
        svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .whisker { stroke: var(--text); stroke-width: 1.3; }
        .line { fill: none; stroke-width: 2; stroke: currentColor; stroke-linejoin: round; }
        polyline.http-continued { stroke-width: 5; } polyline.websocket { stroke-width: 3.2; } polyline.websocket-warm { stroke-width: 1.6; }
        .band { fill: currentColor; opacity: .16; }
        .marker { fill: currentColor; stroke: var(--page); stroke-width: 1; }
        .bar { fill: currentColor; }
        .warmup { fill: currentColor; fill-opacity: .22; stroke: currentColor; stroke-width: 1.2; stroke-dasharray: 4 3; }
        .http-full { color: var(--http-full); } .http-continued { color: var(--http-continued); }
        .websocket { color: var(--websocket); } .websocket-warm { color: var(--websocket-warm); }
        .chat { color: var(--chat); } .messages { color: var(--messages); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
        th, td { padding: 7px 8px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; vertical-align: top; }
        td small { display: block; color: var(--soft); font-size: 11.5px; }
        thead th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; }
        tbody th { font-weight: 500; white-space: normal; min-width: 116px; }
        section ul:not(.legend) { margin: 8px 0 0; padding-left: 20px; color: var(--soft); font-size: 14.5px; }
        section li { margin: 3px 0; }
        @media (max-width: 620px) {
          main { padding: 24px 16px 40px; }
          svg.wide { display: none; } svg.narrow { display: block; }
          dl div { grid-template-columns: 1fr; gap: 0; padding: 4px 0; }
        }
        @media print {
          :root { --page: #ffffff; --text: #000000; --soft: #444444; --rule: #cccccc; --card: #ffffff;
            --http-full: #c2410c; --http-continued: #d99a1c; --websocket: #3b9ad6; --websocket-warm: #14508c;
            --chat: #6ab04c; --messages: #1f6b3a; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          main { max-width: none; padding: 0; }
          svg.wide { display: block; } svg.narrow { display: none; }
          section { margin-top: 22px; break-inside: avoid; }
          dl { padding: 0; }
          .scroll { overflow: visible; } table { font-size: 9.5px; } th, td { padding: 4px; }
        }
        """
}
