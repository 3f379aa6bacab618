package dev.navarch.network;

import java.io.IOException;

/** The kernel or {@code nft} refused a transaction; nothing of it is in force. */
public final class NftException extends IOException {
    public NftException(String message) {
        super(message);
    }
}
