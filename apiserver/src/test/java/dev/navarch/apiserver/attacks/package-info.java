/**
 * Attacks on a running server, each of a class that has broken clusters before: CVEs of Kubernetes, findings of its
 * audits, and what upstream has decided to live with. They come over the network, as an attacker's do. The page
 * docs/security.md lists them.
 */
@NullMarked
package dev.navarch.apiserver.attacks;

import org.jspecify.annotations.NullMarked;
