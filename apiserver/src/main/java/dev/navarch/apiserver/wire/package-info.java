/**
 * The forms of answers: what a client asks for, and how objects and refusals are written in it. Start reading at
 * {@link dev.navarch.apiserver.wire.Negotiated}.
 */
@NullMarked
package dev.navarch.apiserver.wire;

import org.jspecify.annotations.NullMarked;
