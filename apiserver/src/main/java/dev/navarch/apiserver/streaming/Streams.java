package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Query;

/** Which streams of a process the client wants. */
record Streams(boolean stdin, boolean stdout, boolean stderr, boolean tty) {

    /** @param command exec or attach; attaching shows output unless told otherwise */
    static Streams asked(Query query, String command) {
        boolean shown = command.equals("attach");
        boolean tty = query.flag("tty");
        var streams = new Streams(
                query.flag("stdin"),
                query.has("stdout") ? query.flag("stdout") : shown,
                !tty && (query.has("stderr") ? query.flag("stderr") : shown),
                tty);
        if (!streams.stdin && !streams.stdout && !streams.stderr) {
            throw ApiFailure.badRequest("you must specify at least 1 of stdin, stdout, stderr");
        }
        return streams;
    }
}
