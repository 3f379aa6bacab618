package dev.navarch.apiserver.admission.webhook;

import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.following.Followed;
import dev.navarch.apiserver.match.ResourceIndex;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The webhooks of all configurations, by the configurations' names and in their order there. */
final class HookConfigurations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HookConfigurations.class);
    private static final String PREFIX = "/registry/admissionregistration.k8s.io/";

    private final JsonMapper json = JsonMapper.shared();
    private final Followed<Hooks> hooks;

    record Hooks(ResourceIndex<Hook> mutating, ResourceIndex<Hook> validating) {}

    HookConfigurations(Store store) {
        hooks = new Followed<>(store, PREFIX, this::read);
    }

    Hooks current() {
        return hooks.current();
    }

    private Hooks read(List<Entry> entries) {
        List<Hook> mutating = new ArrayList<>();
        List<Hook> validating = new ArrayList<>();
        for (var entry : entries) {
            if (entry.key().startsWith(PREFIX + "mutatingwebhookconfigurations/")) {
                read(entry.key(), entry.value(), mutating);
            } else if (entry.key().startsWith(PREFIX + "validatingwebhookconfigurations/")) {
                read(entry.key(), entry.value(), validating);
            }
        }
        return new Hooks(ResourceIndex.of(mutating, Hook::match), ResourceIndex.of(validating, Hook::match));
    }

    private void read(String key, byte[] value, List<Hook> into) {
        try {
            Tree.objects(json.readTree(value), "webhooks").forEach(hook -> into.add(Hook.of(hook)));
        } catch (JacksonException | SelectorException e) {
            log.error("A stored webhook configuration cannot be read: {}", key, e);
        }
    }

    @Override
    public void close() {
        hooks.close();
    }
}
