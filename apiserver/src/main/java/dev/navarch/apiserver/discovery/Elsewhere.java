package dev.navarch.apiserver.discovery;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.GroupVersion;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What discovery shows beside this server's own: group versions that other servers serve, and where each stands among
 * all.
 */
public record Elsewhere(Map<GroupVersion, Served> served, Ranks ranks) {
    /** Nothing; groups stand as in the catalogue. */
    public static final Elsewhere NONE = new Elsewhere(Map.of(), _ -> Rank.UNKNOWN);

    public Elsewhere {
        served = Map.copyOf(served);
        requireNonNull(ranks);
    }

    /**
     * A group version of another server, as that server describes it.
     *
     * @param discovery its entry of the aggregated discovery
     * @param stale whether it is known from before only
     * @param openApi2 the document of version 2; a missing node if there is none
     * @param openApi3 by path, such as {@code apis/apps/v1}, the URL relative to the server
     */
    public record Served(ObjectNode discovery, boolean stale, JsonNode openApi2, Map<String, String> openApi3) {
        public Served {
            requireNonNull(discovery);
            requireNonNull(openApi2);
            openApi3 = Map.copyOf(openApi3);
        }
    }

    /** The higher, the earlier (source: k8s.io/kube-aggregator pkg/apis/apiregistration/types.go). */
    public record Rank(int group, int version) {
        static final Rank UNKNOWN = new Rank(0, 0);
    }

    /** Where group versions stand. */
    public interface Ranks {
        Rank of(GroupVersion version);
    }
}
