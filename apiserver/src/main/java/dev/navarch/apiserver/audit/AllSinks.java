package dev.navarch.apiserver.audit;

import java.util.List;

/** Several sinks; each is given all. */
record AllSinks(List<AuditSink> sinks) implements AuditSink {
    static AuditSink of(List<AuditSink> sinks) {
        return sinks.size() == 1 ? sinks.getFirst() : new AllSinks(List.copyOf(sinks));
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        boolean all = true;
        for (var sink : sinks) {
            all &= sink.process(events);
        }
        return all;
    }

    @Override
    public boolean mayBlock() {
        return sinks.stream().anyMatch(AuditSink::mayBlock);
    }

    @Override
    public void close() {
        sinks.forEach(AuditSink::close);
    }
}
