package dev.navarch.apiserver.extension;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers of another server, which hold for a while. Of the questions that were asked, the latest are remembered. */
final class Remembered<Q, A> {
    private final int most;
    private final Duration lasting;
    private final TimeSource time;
    private final Map<Q, Known<A>> answers = new LinkedHashMap<>(16, 0.75f, true);

    private record Known<A>(A answer, long since) {}

    /** Asks the other server. */
    interface Question<A> {
        A ask() throws IOException;
    }

    Remembered(int most, Duration lasting, TimeSource time) {
        this.most = most;
        this.lasting = lasting;
        this.time = time;
    }

    /** Two threads may both ask; that is no harm. */
    A of(Q question, Question<A> otherwise) throws IOException {
        synchronized (answers) {
            var known = answers.get(question);
            if (known != null && time.nanoTime() - known.since < lasting.toNanos()) {
                return known.answer;
            }
        }
        var answer = otherwise.ask();
        synchronized (answers) {
            answers.put(question, new Known<>(answer, time.nanoTime()));
            if (answers.size() > most) {
                var eldest = answers.entrySet().iterator();
                eldest.next();
                eldest.remove();
            }
        }
        return answer;
    }
}
