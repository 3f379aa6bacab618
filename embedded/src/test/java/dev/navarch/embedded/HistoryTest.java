package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final String OBJECT = "{\"metadata\":{\"resourceVersion\":\"\"}}";

    @Test
    void whatIsRenewedAllTheTimePushesOutItsOwnPastOnly() {
        var time = new ManualTime(Instant.EPOCH);
        var history = new History(List.of());
        try (var store = new RecordedStore(new MemoryStore(time), history, time)) {
            store.write(new Write.Create("/registry/core/configmaps/a/told-once", draft()));
            long newest = revision(store.write(new Write.Create("/registry/core/configmaps/a/renewed", draft())));
            for (int i = 0; i < 30_000; i++) {
                newest =
                        revision(store.write(new Write.Update("/registry/core/configmaps/a/renewed", newest, draft())));
            }
        }
        assertThat(history.of("/registry/core/configmaps/a/told-once")).hasSize(1);
        var renewed = history.of("/registry/core/configmaps/a/renewed");
        assertThat(renewed).hasSize(1000);
        assertThat(renewed.getLast().number() - renewed.getFirst().number()).isEqualTo(999);
        assertThat(history.all()).hasSize(1001);
    }

    private static Draft draft() {
        return new Draft(OBJECT.getBytes(StandardCharsets.UTF_8), OBJECT.indexOf("\"\"") + 1);
    }

    private static long revision(WriteResult result) {
        return ((WriteResult.Committed) result).entry().revision();
    }
}
