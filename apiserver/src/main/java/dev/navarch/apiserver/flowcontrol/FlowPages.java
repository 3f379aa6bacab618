package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What waits and what is served right now, for people. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller_debug.go. */
final class FlowPages {
    private static final String NEVER = "0001-01-01T00:00:00Z";

    private final FlowControl control;
    private final TimeSource time;

    FlowPages(FlowControl control, TimeSource time) {
        this.control = control;
        this.time = time;
    }

    ApiResponse levels() {
        var table = new Table(
                "PriorityLevelName",
                "ActiveQueues",
                "IsIdle",
                "IsQuiescing",
                "WaitingRequests",
                "ExecutingRequests",
                "DispatchedRequests",
                "RejectedRequests",
                "TimedoutRequests",
                "CancelledRequests");
        control.forEachLevel(state -> state.level.look(set -> table.row(
                state.level.name(),
                set.queues().stream().filter(queue -> !queue.waiting.isEmpty()).count(),
                set.idle(),
                state.quiescing,
                set.waiting(),
                set.executing(),
                set.dispatched,
                set.rejected,
                set.timedOut,
                set.cancelled)));
        return table.page();
    }

    ApiResponse queues() {
        var table = new Table(
                "PriorityLevelName",
                "Index",
                "PendingRequests",
                "ExecutingRequests",
                "SeatsInUse",
                "NextDispatchR",
                "InitialSeatsSum",
                "MaxSeatsSum",
                "TotalWorkSum");
        control.forEachLevel(state -> state.level.look(set -> {
            for (var queue : set.queues()) {
                table.row(
                        state.level.name(),
                        queue.index,
                        queue.waiting.size(),
                        queue.executing,
                        queue.seatsInUse,
                        work(queue.nextDispatch),
                        queue.waiting.stream()
                                .mapToInt(ticket -> ticket.work.initialSeats())
                                .sum(),
                        queue.waiting.stream()
                                .mapToInt(ticket -> ticket.work.maxSeats())
                                .sum(),
                        work(queue.work));
            }
            return table;
        }));
        return table.page();
    }

    /** @param details whether to tell who asks for what */
    ApiResponse requests(boolean details) {
        List<String> columns = new ArrayList<>(List.of(
                "PriorityLevelName",
                "FlowSchemaName",
                "QueueIndex",
                "RequestIndexInQueue",
                "FlowDistingsher", // as upstream spells it
                "ArriveTime",
                "InitialSeats",
                "FinalSeats",
                "AdditionalLatency",
                "StartTime"));
        if (details) {
            columns.addAll(List.of(
                    "UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"));
        }
        var table = new Table(columns.toArray(new String[0]));
        control.forEachLevel(state -> state.level.look(set -> {
            for (var queue : set.queues()) {
                int index = 0;
                for (var ticket : queue.waiting) {
                    row(table, ticket, index++, details);
                }
            }
            set.forEachExecuting(ticket -> row(table, ticket, -1, details));
            return table;
        }));
        return table.page();
    }

    private void row(Table table, FlowTicket ticket, int index, boolean details) {
        var queue = ticket.queue;
        List<Object> cells = new ArrayList<>(List.of(
                ticket.flow.schema.level().name(),
                ticket.flow.schema.name(),
                queue == null ? -1 : queue.index,
                index,
                ticket.flow.distinguisher,
                at(ticket.arrived),
                ticket.work.initialSeats(),
                ticket.work.finalSeats(),
                latency(ticket.work.lingerNanos()),
                index < 0 ? at(ticket.started) : NEVER));
        if (details) {
            var info = ticket.info;
            cells.addAll(List.of(
                    ticket.user.name(),
                    info.verb(),
                    info.path(),
                    info.namespace(),
                    info.name(),
                    info.apiVersion(),
                    info.resource(),
                    info.subresource()));
        }
        table.row(cells.toArray());
    }

    private Instant at(long nanos) {
        return time.now().minusNanos(time.nanoTime() - nanos);
    }

    private static String latency(long nanos) {
        return nanos == 0 ? "0s" : Duration.ofNanos(nanos).toNanos() / 1e6 + "ms";
    }

    /** Seat-seconds. */
    private static String work(long units) {
        return String.format(Locale.ROOT, "%.8fss", units / QueueSet.SCALE);
    }

    /** Rows of cells that end in commas, in columns (source: text/tabwriter, which upstream uses). */
    private static final class Table {
        private static final int NARROWEST = 8;

        private final List<String[]> rows = new ArrayList<>();
        private final int[] widths;

        Table(String... columns) {
            widths = new int[columns.length];
            Arrays.fill(widths, NARROWEST);
            row((Object[]) columns);
        }

        Table row(Object... cells) {
            var row = new String[cells.length];
            for (int i = 0; i < row.length; i++) {
                row[i] = plain(String.valueOf(cells[i])) + (i + 1 < row.length ? "," : "");
                widths[i] = Math.max(widths[i], row[i].length() + 1);
            }
            rows.add(row);
            return this;
        }

        /** Who asks chooses paths: they make no lines of their own. */
        private static String plain(String text) {
            return text.chars().anyMatch(c -> c < ' ') ? text.replaceAll("\\p{Cntrl}", "?") : text;
        }

        ApiResponse page() {
            var out = new StringBuilder();
            for (var row : rows) {
                for (int i = 0; i < row.length; i++) {
                    out.append(row[i]);
                    if (i + 1 < row.length) {
                        out.repeat(' ', widths[i] - row[i].length());
                    }
                }
                out.append('\n');
            }
            return ApiResponse.text(200, out.toString());
        }
    }
}
