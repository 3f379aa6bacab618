package dev.navarch.api.kinds;

import dev.navarch.api.values.GoText;
import java.util.List;

/**
 * Addresses and blocks in other forms than the usual one (source: apimachinery pkg/util/validation/ip.go,
 * GetWarningsForIP and GetWarningsForCIDR).
 */
final class IpWarnings {
    private IpWarnings() {}

    /** Of a text that is an address; what is none is not this one's to tell. */
    static void address(At at, List<String> found) {
        var text = at.text();
        var form = IpChecks.form(text);
        if (form.isEmpty()) {
            return;
        }
        if (!form.get().strict()) {
            found.add(at.path() + ": non-standard IP address " + GoText.quote(text)
                    + " will be considered invalid in a future Kubernetes release: use "
                    + GoText.quote(form.get().canonical()));
        } else if (text.indexOf(':') >= 0 && !text.equals(form.get().canonical())) {
            found.add(at.path() + ": IPv6 address " + GoText.quote(text)
                    + " should be in RFC 5952 canonical format ("
                    + GoText.quote(form.get().canonical()) + ")");
        }
    }

    /** Each of a list. */
    static void addresses(At list, List<String> found) {
        list.items().forEach(at -> address(at, found));
    }

    /** Of a text that is a block of addresses. */
    static void block(At at, List<String> found) {
        var text = at.text();
        var form = IpChecks.blockForm(text);
        if (form.isEmpty()) {
            return;
        }
        var block = form.get();
        if (!block.single().isEmpty()) {
            found.add(at.path() + ": CIDR value " + GoText.quote(text) + " is ambiguous in this context (should be "
                    + GoText.quote(block.canonical()) + " or " + GoText.quote(block.single()) + "?)");
        }
        if (!block.strict()) {
            found.add(at.path() + ": non-standard CIDR value " + GoText.quote(text)
                    + " will be considered invalid in a future Kubernetes release: use "
                    + GoText.quote(block.canonical()));
        } else if (block.single().isEmpty() && text.indexOf(':') >= 0 && !text.equals(block.canonical())) {
            found.add(at.path() + ": IPv6 CIDR value " + GoText.quote(text)
                    + " should be in RFC 5952 canonical format (" + GoText.quote(block.canonical()) + ")");
        }
    }

    /** Each of a list. */
    static void blocks(At list, List<String> found) {
        list.items().forEach(at -> block(at, found));
    }
}
