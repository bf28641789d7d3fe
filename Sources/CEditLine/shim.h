#ifndef CEDITLINE_SHIM_H
#define CEDITLINE_SHIM_H

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

// Swift calls no C function with a variable number of arguments: one function for each use.

/// Letters of UTF-8 are letters, whatever the user's locale is. To be called before any thread starts.
static inline void editline_use_utf8(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL && setlocale(LC_CTYPE, "en_US.UTF-8") == NULL) setlocale(LC_CTYPE, "UTF-8");
}

static inline EditLine *editline_open(const char *program, void *context) {
    EditLine *editor = el_init(program, stdin, stdout, stderr);
    if (editor == NULL) return NULL;
    el_wset(editor, EL_CLIENTDATA, context);
    el_wset(editor, EL_SIGNAL, 0);
    el_wset(editor, EL_EDITOR, L"emacs");
    return editor;
}

static inline void *editline_context(EditLine *editor) {
    void *context = NULL;
    el_wget(editor, EL_CLIENTDATA, &context);
    return context;
}

/// The part of a prompt between two `mark` takes no columns.
static inline void editline_set_prompt(EditLine *editor, wchar_t *(*prompt)(EditLine *), wchar_t mark) {
    el_wset(editor, EL_PROMPT_ESC, prompt, mark);
}

static inline void editline_set_reader(EditLine *editor, int (*reader)(EditLine *, wchar_t *)) {
    el_wset(editor, EL_GETCFN, reader);
}

static inline void editline_add_function(
    EditLine *editor, const wchar_t *name, const wchar_t *help, unsigned char (*function)(EditLine *, int)) {
    el_wset(editor, EL_ADDFN, name, help, function);
}

static inline void editline_bind(EditLine *editor, const wchar_t *keys, const wchar_t *function) {
    el_wset(editor, EL_BIND, keys, function, NULL);
}

/// Whether the terminal is read letter by letter, as while a line is edited.
static inline void editline_set_raw(EditLine *editor, int raw) { el_wset(editor, EL_PREP_TERM, raw); }

static inline void editline_refresh(EditLine *editor) { el_wset(editor, EL_REFRESH); }

static inline HistoryW *editline_history(EditLine *editor, int lines) {
    HistEventW event;
    HistoryW *history = history_winit();
    if (history == NULL) return NULL;
    history_w(history, &event, H_SETSIZE, lines);
    history_w(history, &event, H_SETUNIQUE, 1);
    el_wset(editor, EL_HIST, history_w, history);
    return history;
}

static inline void editline_remember(HistoryW *history, const wchar_t *line) {
    HistEventW event;
    history_w(history, &event, H_ENTER, line);
}

static inline int editline_load(HistoryW *history, const char *path) {
    HistEventW event;
    return history_w(history, &event, H_LOAD, path);
}

static inline int editline_save(HistoryW *history, const char *path) {
    HistEventW event;
    return history_w(history, &event, H_SAVE, path);
}

#endif
