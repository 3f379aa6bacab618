package dev.navarch.network.dns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** From the bytes of a question to those of an answer, whatever the bytes are. */
final class Answerer {
    private static final Logger log = LoggerFactory.getLogger(Answerer.class);
    private static final int HEADER = 12;
    private static final int PLAIN = 512;
    /** What we send in one datagram at most: it goes through without being cut to pieces. */
    private static final int DATAGRAM = 1232;

    private static final int STREAM = 65_535;
    private static final int MOST_ALIASES = 8;

    private final ClusterZone zone;
    private final Forwarder others;
    private final RandomGenerator random;

    Answerer(ClusterZone zone, Forwarder others, RandomGenerator random) {
        this.zone = zone;
        this.others = others;
        this.random = random;
    }

    /** What is known here is answered here and now; the rest waits for others. */
    sealed interface Outcome {
        record Known(byte[] answer) implements Outcome {}

        /** To be worked out where waiting harms nobody. */
        record Waits(java.util.function.Supplier<byte[]> answer) implements Outcome {}

        /** Nothing is to be said, as to what is itself an answer. */
        record Silence() implements Outcome {}
    }

    /** @param stream whether the question came over a stream, which takes answers of any length */
    Outcome answer(byte[] bytes, boolean stream) {
        if (bytes.length < HEADER || bytes[2] < 0) {
            return new Outcome.Silence();
        }
        Message query;
        try {
            query = new Message(bytes);
        } catch (IOException | RuntimeException e) {
            return new Outcome.Known(refusal(bytes, Rcode.FORMERR));
        }
        var question = query.getQuestion();
        if (query.getHeader().getOpcode() != Opcode.QUERY) {
            return new Outcome.Known(refusal(bytes, Rcode.NOTIMP));
        }
        if (question == null || query.getHeader().getCount(Section.QUESTION) != 1) {
            return new Outcome.Known(refusal(bytes, Rcode.FORMERR));
        }
        if (question.getDClass() != DClass.IN) {
            return new Outcome.Known(refusal(bytes, Rcode.REFUSED));
        }
        try {
            var reply = zone.answer(question.getName(), question.getType());
            if (reply.isEmpty()) {
                return new Outcome.Waits(
                        () -> others.ask(bytes, stream).orElseGet(() -> refusal(bytes, Rcode.SERVFAIL)));
            }
            var found = reply.get();
            return found.alias().isEmpty()
                    ? new Outcome.Known(told(query, found, stream))
                    : new Outcome.Waits(() -> told(query, followed(found, question.getType()), stream));
        } catch (RuntimeException e) {
            log.error("No answer to {}", question, e);
            return new Outcome.Known(refusal(bytes, Rcode.SERVFAIL));
        }
    }

    /** With what the alias leads to, here or elsewhere. */
    private Reply followed(Reply reply, int type) {
        List<Record> answers = new ArrayList<>(reply.answers());
        var next = reply.alias();
        for (int i = 0; i < MOST_ALIASES && !next.isEmpty(); i++) {
            var name = next.getFirst();
            var inside = zone.answer(name, type);
            if (inside.isEmpty()) {
                answers.addAll(elsewhere(name, type));
                break;
            }
            answers.addAll(inside.get().answers());
            next = inside.get().alias();
        }
        return Reply.of(answers);
    }

    private List<Record> elsewhere(Name name, int type) {
        var query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        return others.ask(query.toWire(), true).stream()
                .flatMap(bytes -> sections(bytes).stream())
                .toList();
    }

    private static List<Record> sections(byte[] bytes) {
        try {
            return new Message(bytes).getSection(Section.ANSWER);
        } catch (IOException | RuntimeException e) {
            return List.of();
        }
    }

    private byte[] told(Message query, Reply reply, boolean stream) {
        var answers = shuffled(reply.answers());
        var whole = message(query, reply, answers).toWire(STREAM);
        var options = Optional.ofNullable(query.getOPT());
        int most = stream
                ? STREAM
                : options.map(o -> Math.clamp(o.getPayloadSize(), PLAIN, DATAGRAM))
                        .orElse(PLAIN);
        return whole.length <= most ? whole : cut(query, reply, answers, most);
    }

    /** With as many answers as there is room for: many resolvers take those, and never ask over a stream. */
    private byte[] cut(Message query, Reply reply, List<Record> answers, int most) {
        var without = new Reply(reply.code(), reply.answers(), List.of(), List.of());
        int fit = 0;
        int tooMany = answers.size() + 1;
        while (tooMany - fit > 1) {
            int tried = (fit + tooMany) / 2;
            if (message(query, without, answers.subList(0, tried)).toWire(STREAM).length <= most) {
                fit = tried;
            } else {
                tooMany = tried;
            }
        }
        var message = message(query, without, answers.subList(0, fit));
        if (fit < answers.size()) {
            message.getHeader().setFlag(Flags.TC);
        }
        return message.toWire(most);
    }

    private Message message(Message query, Reply reply, List<Record> answers) {
        var message = new Message(query.getHeader().getID());
        var header = message.getHeader();
        header.setFlag(Flags.QR);
        header.setFlag(Flags.AA);
        header.setFlag(Flags.RA);
        if (query.getHeader().getFlag(Flags.RD)) {
            header.setFlag(Flags.RD);
        }
        header.setRcode(reply.code());
        message.addRecord(query.getQuestion(), Section.QUESTION);
        answers.forEach(found -> message.addRecord(found, Section.ANSWER));
        if (reply.answers().isEmpty()) {
            message.addRecord(zone.authority(), Section.AUTHORITY);
        }
        reply.additional().forEach(found -> message.addRecord(found, Section.ADDITIONAL));
        if (query.getOPT() != null) {
            message.addRecord(new OPTRecord(DATAGRAM, 0, 0), Section.ADDITIONAL);
        }
        return message;
    }

    /** So that those who take the first spread over all; an alias comes before what it leads to. */
    private List<Record> shuffled(List<Record> records) {
        if (records.stream().map(Record::getType).distinct().count() > 1) {
            return records;
        }
        var all = new ArrayList<>(records);
        Collections.shuffle(all, new Random(random.nextLong()));
        return all;
    }

    /** Of a message of at least a header. */
    private static byte[] refusal(byte[] query, int code) {
        var header = new Header((query[0] & 0xff) << 8 | query[1] & 0xff);
        header.setFlag(Flags.QR);
        header.setFlag(Flags.RA);
        header.setOpcode(query[2] >> 3 & 0xf);
        header.setRcode(code);
        var answer = new Message(header.getID());
        answer.setHeader(header);
        question(query).ifPresent(asked -> answer.addRecord(asked, Section.QUESTION));
        return answer.toWire(PLAIN);
    }

    private static Optional<Record> question(byte[] query) {
        try {
            return Optional.ofNullable(new Message(query).getQuestion());
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
