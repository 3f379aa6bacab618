package dev.navarch.apiserver.pages;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;

/** What a path that nothing serves answers: Go's plain page, as upstream does. */
public final class NotFoundPage {
    private NotFoundPage() {}

    public static ApiResponse response() {
        var page = ApiResponse.text(404, "404 page not found\n");
        return new ApiResponse.Whole(
                404, page.contentType(), Headers.of("X-Content-Type-Options", "nosniff"), page.parts());
    }

    static ApiFailure failure() {
        return ApiFailure.unknownResource();
    }
}
