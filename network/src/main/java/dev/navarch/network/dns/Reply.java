package dev.navarch.network.dns;

import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/**
 * What a zone says to a question.
 *
 * @param code a response code, as in {@link Rcode}
 * @param answers in the order in which they are told
 * @param additional what the asker will ask next
 * @param alias where the answer goes on, outside of what the zone knows; empty if it is complete
 */
record Reply(int code, List<Record> answers, List<Record> additional, List<Name> alias) {
    /** The name is there, and has nothing of the type that was asked for. */
    static final Reply NO_DATA = of(List.of());

    static final Reply NO_NAME = new Reply(Rcode.NXDOMAIN, List.of(), List.of(), List.of());

    Reply {
        answers = List.copyOf(answers);
        additional = List.copyOf(additional);
        alias = List.copyOf(alias);
    }

    static Reply of(List<? extends Record> answers) {
        return new Reply(Rcode.NOERROR, List.copyOf(answers), List.of(), List.of());
    }
}
