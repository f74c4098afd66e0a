/* The types of the REST API, written by `npm run schema`. */

export interface paths {
    "/api/v1/artifacts/{id}/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a pending artifact a version, once its files are uploaded
         * @description Again: the same answer.
         */
        post: operations["commitArtifact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change of configuration on this server, newest first
         * @description For server administrators.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/automations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an automation */
        get: operations["getAutomation"];
        put?: never;
        post?: never;
        /**
         * Delete an automation
         * @description It fires no more. Its history stays, and what is in progress goes on.
         */
        delete: operations["deleteAutomation"];
        options?: never;
        head?: never;
        /**
         * Change an automation, which makes a new revision
         * @description What earlier revisions have matched goes on as it was.
         */
        patch: operations["updateAutomation"];
        trace?: never;
    };
    "/api/v1/automations/{id}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what an automation did, newest first */
        get: operations["listExecutions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/automations/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let an automation fire again that is held for firing too often */
        post: operations["releaseAutomation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/automations/{id}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the revisions of an automation, newest first */
        get: operations["listRevisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/automations/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an automation now for a version or a run
         * @description As if its event had just happened there, for this automation alone and whatever its filter says. The execution says who ran it. Its event holds the version or the run as it is now, is in no feed, and fires nothing else.
         */
        post: operations["runAutomation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a delivery with every attempt */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a settled delivery once more
         * @description as_then: the same bytes under the same message id. as_now: rendered by the automation as it is now, under a new one.
         */
        post: operations["replayDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every change of configuration on an entity, newest first
         * @description For its administrators.
         */
        get: operations["listEntityAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/automations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the automations of an entity, each with how it does */
        get: operations["listAutomations"];
        put?: never;
        /** Create an automation */
        post: operations["createAutomation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/automations/backtest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What an automation would have done with the events of the last days
         * @description Newest first. Nothing is sent or kept. An answer is cut at `limit` firings, after three seconds, or at 4 MiB of bodies, and then has a cursor.
         */
        post: operations["backtestAutomation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/automations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What an automation that is not saved would send for an event
         * @description Exactly, with secrets left in place. Nothing is sent or kept. A template that cannot be read is refused as when it is saved, with the place of each problem in `fields`.
         */
        post: operations["previewAutomation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what failed and has not been replayed since, newest first */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries, newest first
         * @description All that is asked for has to hold. With `automation` or `collection` the time is that of the firing, so that a replay stands beside what it replays; else it is when the delivery was made.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the events of an entity, oldest first
         * @description No event is ever skipped. With `Accept: text/event-stream` they arrive as server-sent events whose ids are cursors: `Last-Event-ID` resumes. A cursor that points before purged events is a 410.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what all automations of an entity did, newest first
         * @description Those of deleted ones too. All that is asked for has to hold.
         */
        get: operations["listExecutionsOfEntity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/payloads/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a payload template comes to for an example event
         * @description Nothing is sent or kept. A template that cannot be read is refused as when it is saved, with the place of each problem in `positions`.
         */
        post: operations["checkPayload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List replays of windows, newest first */
        get: operations["listReplays"];
        put?: never;
        /**
         * Send the deliveries of a window once more
         * @description Of each action of each execution that fired in the window the newest delivery, if it fits. Each replay is a new delivery; 100,000 at most. What takes longer than two seconds goes on in the background. With an `Idempotency-Key` it is begun once, however often it is asked for.
         */
        post: operations["createReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List team secrets, without values */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Store a team secret, or replace its value */
        put: operations["putSecret"];
        post?: never;
        /**
         * Delete a team secret
         * @description One that a webhook uses only with force=true, which cancels what those webhooks still have to send.
         */
        delete: operations["deleteSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/secrets/{name}/previous": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the overlap after a secret was replaced
         * @description Only the newest value signs from now on; those before it are deleted.
         */
        delete: operations["endSecretOverlap"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/template-variables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a payload template may name */
        get: operations["listTemplateVariables"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/time-to-live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how long versions of an entity live where nothing else is said */
        get: operations["getEntityTimeToLive"];
        /**
         * Set how long versions of an entity live where nothing else is said
         * @description For its administrators. It counts from the creation of each version, and holds for those there are already. A team inherits from its organization.
         */
        put: operations["putEntityTimeToLive"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks */
        get: operations["listWebhooks"];
        put?: never;
        /** Configure a webhook */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a webhook */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description One that automations use, or that still has something to send, only with force=true, which cancels what waits.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description What waits and what is tried again goes by the new settings.
         */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/api/v1/entities/{entity}/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test request to a webhook
         * @description Signed and sent as a delivery would be, once, and not kept.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entities/{entity}/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test request to a webhook that is not saved */
        post: operations["testUnsavedWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an event */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why an event fired what it fired, and did not fire the rest
         * @description Every automation that waited for this type of event around the place where it happened, as it was then, in the order in which they were made. With `automation` that one alone, whether it was in reach or not.
         */
        get: operations["explainEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invites that are open, newest first
         * @description To the team or organization that is named, or to the server alone.
         */
        get: operations["listInvites"];
        put?: never;
        /**
         * Invite somebody by a link
         * @description To a team or organization, for who manages its members; with neither, to the server, for its administrators. The link is good for one person, for 7 days unless `expiresAt` says otherwise (30 at most). Nothing is sent.
         */
        post: operations["createInvite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invite */
        delete: operations["revokeInvite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/by-token/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who invites to what, by the token of the link */
        get: operations["getInvite"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invites/by-token/{token}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invite
         * @description Who is signed in joins with an empty body. Anybody else makes an account with `username` and `password`, and is signed in by it.
         */
        post: operations["acceptInvite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/master-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the master keys and what is sealed under each
         * @description For server administrators. Newest first, as the process that answers has them.
         */
        get: operations["listMasterKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/master-keys/reseal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Seal anew what older master keys have sealed
         * @description For server administrators, once every process has the newest key first. Up to 5,000 rows a call: call again until `remaining` is 0. Then no process starts without the newest key, and the older ones can be removed.
         */
        post: operations["resealWithNewestMasterKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your organizations, by name */
        get: operations["listOrganizations"];
        put?: never;
        /**
         * Create an organization
         * @description For server administrators. You become its first administrator.
         */
        post: operations["createOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An organization */
        get: operations["getOrganization"];
        put?: never;
        post?: never;
        /**
         * Delete an empty organization
         * @description Its name is never given again.
         */
        delete: operations["deleteOrganization"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{name}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The members of an organization, by username */
        get: operations["listOrganizationMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{name}/members/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a user a member, or change a member’s role
         * @description Administrators of an organization also manage the members of its teams.
         */
        put: operations["putOrganizationMember"];
        post?: never;
        /**
         * End a membership
         * @description Everyone may leave; only administrators remove others. Who leaves an organization leaves its teams.
         */
        delete: operations["deleteOrganizationMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How everything does that you belong to */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the projects and registries of an entity */
        get: operations["listProjects"];
        put?: never;
        /** Create a project, or a registry of an organization */
        post: operations["createProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a project */
        get: operations["getProject"];
        put?: never;
        post?: never;
        /**
         * Delete a registry with its collections and links
         * @description For its administrators. The versions stay where they were logged.
         */
        delete: operations["deleteRegistry"];
        options?: never;
        head?: never;
        /**
         * Change a registry: its name, its description, who sees it, which types it takes
         * @description For its administrators. What is absent stays. After another name, paths with the old one lead nowhere. A type that a collection there is of cannot be taken away.
         */
        patch: operations["editRegistry"];
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/artifact-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the artifact types of a project by name, with how much there is of each */
        get: operations["listArtifactTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the collections of a project */
        get: operations["listCollections"];
        put?: never;
        /**
         * Make a collection that has no versions yet
         * @description Logging and linking make missing collections by themselves.
         */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a collection */
        get: operations["getCollection"];
        put?: never;
        post?: never;
        /**
         * Delete a collection
         * @description With a sequence go its versions and all their links; with a portfolio only the links.
         */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        /** Rename or describe a collection, or give a sequence another type or its versions a time to live */
        patch: operations["updateCollection"];
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Point an alias at a version
         * @description An alias that another version holds moves. Again: nothing happens.
         */
        put: operations["putAlias"];
        post?: never;
        /** Take an alias away from whichever version holds it */
        delete: operations["deleteAlias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Link a version into a collection
         * @description The collection is made if it is missing, and so is its project, but not a registry. A new link becomes `latest`. Again: the same link, and the aliases that are new.
         */
        post: operations["linkVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/links/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Unlink a version */
        delete: operations["unlinkVersion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Which events a change of a collection would make now, and which automations would fire
         * @description Nothing is changed, recorded or sent. It needs the rights that the change needs.
         */
        post: operations["previewCollectionChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Tag a collection */
        put: operations["tagCollection"];
        post?: never;
        /** Take a tag from a collection */
        delete: operations["untagCollection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the versions of a collection, newest first */
        get: operations["listVersions"];
        put?: never;
        /**
         * Log a version
         * @description The collection is made if it is missing. 201: a new version. 200: the newest version has this very content and got the aliases and tags that are new. 202: files are to be uploaded, then the artifact committed.
         */
        post: operations["logVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a version */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        /** Delete a version where it was logged, with all its links */
        delete: operations["deleteVersion"];
        options?: never;
        head?: never;
        /**
         * Change the description, metadata, tags or time to live of a version
         * @description They belong to the artifact, so they change wherever it is linked.
         */
        patch: operations["updateVersion"];
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files and the references of a version by path */
        get: operations["listEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/executions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what automations did that a version fired, newest first
         * @description Wherever the version is linked, of the automations of every entity that you may see.
         */
        get: operations["listExecutionsOfVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the files of a version by path
         * @description References are not files.
         */
        get: operations["listFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a version */
        get: operations["downloadFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/lineage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a version was made from, and what was made from it
         * @description Of what you may see. What is behind something that you may not see is not looked for. All edges between the versions and runs of the answer are told, also those beside the way on which they were found.
         */
        get: operations["getLineage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Which events a change of a version would make now, and which automations would fire
         * @description Nothing is changed, recorded or sent. It needs the rights that the change needs.
         */
        post: operations["previewVersionChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Tag a version */
        put: operations["tagVersion"];
        post?: never;
        /** Take a tag from a version */
        delete: operations["untagVersion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the users and teams that are members of a registry
         * @description Beside those of its organization. All in one answer.
         */
        get: operations["listRegistryMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/members/teams/{team}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a team of the organization a member of a registry, or give it another role there
         * @description For administrators of the registry. The higher of this role and that on the organization counts.
         */
        put: operations["putRegistryTeam"];
        post?: never;
        /** Take a team out of the members of a registry */
        delete: operations["removeRegistryTeam"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/members/users/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a user of the organization a member of a registry, or give it another role there
         * @description For administrators of the registry. The higher of this role and that on the organization counts.
         */
        put: operations["putRegistryUser"];
        post?: never;
        /** Take a user out of the members of a registry */
        delete: operations["removeRegistryUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/run-alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the alerts of the runs of a project, newest first
         * @description One that comes sooner after another of its run with the same title than it says it would wait is not kept, and of each run a thousand at most.
         */
        get: operations["listRunAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the runs of a project */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run, with its config, its summary and its last alerts */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/projects/{entity}/{project}/runs/{run}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the versions that a run logged, or used
         * @description Each where it was logged, or in the first place where you may see it.
         */
        get: operations["listRunArtifacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** See how far a replay has come */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find projects, registries, collections, automations and runs by a part of their names
         * @description Of what you may see, in capitals or not. Names that begin with the text come first; of runs the newest.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and how one can sign in */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in with a browser
         * @description Sets the session cookie, under a new token each time. With `username` and `password`, or with `apiKey`. Failed attempts are counted by account and by address: too many are answered 429 with `Retry-After`.
         */
        post: operations["signIn"];
        /**
         * Sign out
         * @description Ends the session and clears its cookie. Without a session nothing happens.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the first administrator with the token of the set-up link
         * @description A browser is signed in by it: `GET /api/v1/session` has the rest.
         */
        post: operations["setUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your teams, by name
         * @description With `organization` only its teams, and all of them for its administrators.
         */
        get: operations["listTeams"];
        put?: never;
        /**
         * Create a team
         * @description For the administrators of its organization; without an organization for server administrators. You become its first administrator.
         */
        post: operations["createTeam"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A team */
        get: operations["getTeam"];
        put?: never;
        post?: never;
        /**
         * Delete an empty team, with its service accounts
         * @description Its name is never given again.
         */
        delete: operations["deleteTeam"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{name}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The members of a team, by username */
        get: operations["listTeamMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{name}/members/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a user a member, or change a member’s role
         * @description A member of an organization's team becomes at least a viewer of the organization.
         */
        put: operations["putTeamMember"];
        post?: never;
        /**
         * End a membership
         * @description Everyone may leave; only administrators remove others.
         */
        delete: operations["deleteTeamMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{name}/service-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a service account
         * @description A user for programs, at home in this team. It may act for members of the team with X-WANDB-USERNAME, within what both may do. Its key is shown this once.
         */
        post: operations["createServiceAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All users, by username
         * @description For server administrators.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Create a user
         * @description For server administrators. `apiKey` imports a key the user already has.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A user
         * @description Yourself; any user for server administrators; service accounts for the administrators of their team.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description Ends keys and memberships at once. What the user made stays, and the name is never given again. For server administrators; service accounts also for the administrators of their team.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change a user’s name or e-mail address, or who administers the server
         * @description For server administrators. What is absent stays as it is. The server keeps an administrator.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/api/v1/users/{username}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The API keys of a user
         * @description Never the keys themselves. A user has at most 100, so they come in one page.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Create an API key
         * @description The key is shown this once. Without `expiresAt` it does not expire.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{username}/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End an API key */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{username}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give a user another password
         * @description For server administrators, to help who forgot theirs. Ends all sessions of the user.
         */
        put: operations["resetPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/viewer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who you are, and your roles */
        get: operations["getViewer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change your name, e-mail address or default entity
         * @description What is absent stays as it is.
         */
        patch: operations["updateViewer"];
        trace?: never;
    };
    "/api/v1/viewer/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change your password, or choose a first one
         * @description `current` is needed if there is one. Ends all your sessions but the one that asks.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/viewer/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where you are signed in
         * @description A user has at most 100 sessions, so they come in one page, the newest first.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * Sign out everywhere else
         * @description Ends all your sessions but the one that asks; with an API key, all of them.
         */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/viewer/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What webhooks can be, with what each wants and payloads to begin with */
        get: operations["listWebhookTargets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AliasTarget: {
            /** @description A number such as `v3`, or another alias of the version. */
            version: string;
        };
        ApiKey: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            expiresAt: string | null;
            /** @description The last four characters. */
            hint: string;
            id: string;
            /** @description To the minute. */
            lastUsedAt: string | null;
        };
        ArtifactEntry: {
            path: string;
            /** @description Where the bytes are, of what Tripline does not hold. */
            reference: string | null;
            /** @description In bytes; of a reference 0 if nobody said. */
            size: number;
        };
        ArtifactFile: {
            /** @description In base64. */
            md5: string;
            path: string;
            size: number;
            /** @description Needs no credentials; lasts 12 hours. */
            url: string;
        };
        ArtifactType: {
            collections: number;
            description: string | null;
            name: string;
            versions: number;
        };
        Attempt: {
            claim: number;
            /** @description What happened and what to do, in words. */
            explanation: string;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            finishedAt: string;
            outcome: string;
            reason: string;
            /** @description What the receiver calls what it made of the request: a pipeline, a message, an alert. */
            remoteId: string | null;
            /** @description Where that can be seen. */
            remoteUrl: string | null;
            /** @description Null once its time is up. */
            request: {
                headers: {
                    [key: string]: string;
                };
                /** @description Which version of each secret it carried. */
                secretVersions: {
                    [key: string]: number;
                };
                /** @description As far as everybody may see it. */
                url: string;
            } | null;
            response: {
                body: string;
                bodyCut: boolean;
                headers: {
                    [key: string]: string | string[];
                };
                status: number;
            } | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            startedAt: string;
            status: number | null;
            /** @description Milliseconds. */
            timing: {
                connectMs: number | null;
                dnsMs: number | null;
                firstByteMs: number | null;
                /** @description Over a connection that was open. */
                isReused: boolean;
                /** @description From when it was due until it began. */
                queueMs: number | null;
                /** @description How long after it the next was due. */
                retryDelayMs?: number | null;
                tlsMs: number | null;
                totalMs: number;
            };
            verdict: string;
        };
        AuditEntry: {
            action: string;
            /** @description Who did it; null for the server itself. */
            actor: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            at: string;
            details: {
                [key: string]: unknown;
            };
            entity: string | null;
            requestId: string | null;
            subject: string;
            /** @description By what: wandb, rest, web or system. */
            via: string;
        };
        Automation: {
            action: components["schemas"]["ShownAction"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            createdBy: string | null;
            deletedAt: string | null;
            description: string | null;
            enabled: boolean;
            entity: string;
            /** @enum {string} */
            event: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            filter: {
                [key: string]: unknown;
            };
            /** @description Collections on which it fired too often: it is skipped there until then, or until it is released. */
            holds: {
                collection: {
                    collection: string;
                    project: string;
                } | null;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                since: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                until: string;
            }[];
            id: string;
            /** @description Whether you may: of those of a whole organization its administrators. */
            mayChange: boolean;
            name: string;
            pacing: {
                debounceSeconds: number | null;
                holdPerMinute: number | null;
                rateLimit: {
                    count: number;
                    seconds: number;
                } | null;
            };
            revision: number;
            scope: components["schemas"]["ShownScope"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
        };
        AutomationAction: {
            /** @description The template: a JSON object, or its text. Without one a documented default body is sent. */
            payload?: unknown;
            /** @constant */
            type: "webhook";
            /** @description The id or name of a webhook of this entity or of your own. */
            webhook: string;
        } | {
            /** @constant */
            type: "nothing";
        } | {
            /** @default  */
            message: string;
            /**
             * @default INFO
             * @enum {string}
             */
            severity: "INFO" | "WARN" | "ERROR";
            /** @default  */
            title: string;
            /** @constant */
            type: "notification";
            /** @description The id or name of a Slack integration: a webhook that has "slack". */
            webhook: string;
        };
        AutomationActivity: {
            /**
             * @description failing: the newest firing that has ended failed, or the webhook is deleted. held: it fired too often, or its webhook is paused or its receiver out. never_fired: no event has matched it yet.
             * @enum {string}
             */
            health: "failing" | "held" | "never_fired" | "healthy";
            /** @description When an event last matched it, also where it was skipped. */
            lastFiredAt: string | null;
            /** @description What the firings of the last seven days came to; of a hundred of them, the newest, at most. */
            outcomes: {
                /** @description Superseded or cancelled. */
                dropped: number;
                failed: number;
                skipped: number;
                succeeded: number;
                /** @description Not sent yet, or to be tried again. */
                waiting: number;
            };
        };
        AutomationDraft: {
            action: components["schemas"]["AutomationAction"];
            /** @default null */
            description: string | null;
            /** @default true */
            enabled: boolean;
            /** @description One of CREATE_ARTIFACT, LINK_ARTIFACT, UNLINK_ARTIFACT, ADD_ARTIFACT_ALIAS, REMOVE_ARTIFACT_ALIAS, ADD_ARTIFACT_TAG, REMOVE_ARTIFACT_TAG, ADD_COLLECTION_TAG, REMOVE_COLLECTION_TAG, DELETE_ARTIFACT, RUN_METRIC, RUN_METRIC_CHANGE, RUN_METRIC_ZSCORE, RUN_STATE, RUN_ALERT. */
            event: string;
            /**
             * @description Conditions in the manner of MongoDB on alias, tag, artifact_type, collection, project, entity, version, event_author and metadata.<path>. None matches all.
             * @default null
             */
            filter: {
                [key: string]: unknown;
            } | null;
            /** @default draft */
            name: string;
            /**
             * @default {
             *       "rateLimit": null,
             *       "holdPerMinute": null,
             *       "debounceSeconds": null
             *     }
             */
            pacing: components["schemas"]["AutomationPacing"];
            scope: components["schemas"]["AutomationScope"];
        };
        /** @description How often the automation may fire. */
        AutomationPacing: {
            /**
             * @description What happens to one collection within so many seconds from the first event is sent as one delivery.
             * @default null
             */
            debounceSeconds: number | null;
            /**
             * @description Firing more often within a minute on one collection holds it there. Null: as the server is set.
             * @default null
             */
            holdPerMinute: number | null;
            /**
             * @description As many executions at once, and then evenly as many in so many seconds. Others are skipped: rate_limited.
             * @default null
             */
            rateLimit: {
                count: number;
                seconds: number;
            } | null;
        };
        /** @description What is absent stays as it is. */
        AutomationPatch: {
            action?: components["schemas"]["AutomationAction"];
            description?: string | null;
            enabled?: boolean;
            event?: string;
            filter?: {
                [key: string]: unknown;
            } | null;
            name?: string;
            pacing?: components["schemas"]["AutomationPacing"];
            scope?: components["schemas"]["AutomationScope"];
        };
        AutomationRevision: {
            action: components["schemas"]["ShownAction"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            createdBy: string | null;
            description: string | null;
            enabled: boolean;
            /** @enum {string} */
            event: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            filter: {
                [key: string]: unknown;
            };
            name: string;
            pacing: {
                debounceSeconds: number | null;
                holdPerMinute: number | null;
                rateLimit: {
                    count: number;
                    seconds: number;
                } | null;
            };
            revision: number;
            scope: components["schemas"]["ShownScope"];
        };
        AutomationRun: {
            /** @description For events of aliases: which. One that the version has, if absent. */
            alias?: string;
            /** @description The version, the collection or the run to run it for. */
            at: {
                collection?: string;
                /** @description The automation's own if absent. */
                entity?: string;
                project: string;
                /** @description For events of runs, in place of a collection: what people call the id of the run. */
                run?: string;
                /** @description `v3`, or an alias. Absent for events of collections. */
                version?: string;
            };
            /** @description For events of tags: which. */
            tag?: string;
        };
        AutomationRunAnswer: {
            because: {
                message: string;
                path: string;
            }[];
            deliveries: {
                attempts: number;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                createdAt: string;
                held: boolean;
                id: string;
                nextAttemptAt: string | null;
                reason: string | null;
                replayMode: ("as_then" | "as_now") | null;
                replayOf: string | null;
                settledAt: string | null;
                /** @enum {string} */
                state: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
                webhook: {
                    id: string;
                    name: string;
                };
            }[];
            event: string;
            execution: string;
            /** @description Whether its filter would have let it fire. A run by hand does not ask. */
            filterMatches: boolean;
            reason: string | null;
            /** @enum {string} */
            state: "matched" | "skipped";
        };
        /** @description What the automation watches, within its entity: one collection, a project, a registry, or all of a team or organization. It covers what is created there later. */
        AutomationScope: {
            collection: string;
            project: string;
            /** @constant */
            type: "collection";
        } | {
            project: string;
            /** @constant */
            type: "project";
        } | {
            registry: string;
            /** @constant */
            type: "registry";
        } | {
            /** @constant */
            type: "entity";
        };
        Backtest: {
            /** @description There is more to look at: goes on where this answer was cut. */
            cursor?: string;
            items: {
                /** @description What would have been sent, with references to secrets in place. */
                body: string | null;
                event: {
                    /** @description Which alias it was about, if about one. */
                    alias: string | null;
                    id: string;
                    /**
                     * Format: date-time
                     * @example 2026-11-23T12:00:00.000Z
                     */
                    occurredAt: string;
                    /** @description Which tag it was about, if about one. */
                    tag: string | null;
                    /** @enum {string} */
                    type: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
                };
                /** @description Why it could not have been rendered. */
                problem: string | null;
                subject: {
                    /** @description null for events about runs. */
                    collection: string | null;
                    entity: string;
                    project: string;
                    /** @description What people call the id of the run; null for events about artifacts. */
                    run: string | null;
                    version: string | null;
                } | null;
                warnings: {
                    message: string;
                    path: string;
                }[];
                /** @description What happened, as a sentence; null where you may not see the place. */
                words: string | null;
            }[];
            /** @description Events looked at for this answer, of every type. */
            looked: number;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            since: string;
        };
        BacktestRequest: {
            automation: components["schemas"]["AutomationDraft"];
            cursor?: string;
            /** @default 90 */
            days: number;
            /**
             * @description Firings in one answer.
             * @default 20
             */
            limit: number;
        };
        ChangeRehearsal: {
            /** @description What would fire, of the automations that you may see. */
            automations: {
                entity: string;
                /** @description Which of the events fires it, from 0. */
                event: number;
                id: string;
                name: string;
                /** @description Why it would do nothing. */
                reason: string | null;
                /** @enum {string} */
                state: "matched" | "skipped";
                /** @description Where it would send; of one that is paused or out, later. */
                webhook: {
                    circuitOpen: boolean;
                    id: string;
                    name: string;
                    paused: boolean;
                } | null;
            }[];
            /** @description What would be recorded, in order; nothing if the change changes nothing. */
            events: {
                alias: string | null;
                /** @description Which version the alias goes to. */
                movedTo: {
                    artifact: string;
                    version: string;
                } | null;
                /** @description Which version the alias is taken from. */
                previousVersion: {
                    artifact: string;
                    version: string;
                } | null;
                /** @description Where it happened. */
                subject: {
                    /** @description null for events about runs. */
                    collection: string | null;
                    entity: string;
                    project: string;
                    /** @description What people call the id of the run; null for events about artifacts. */
                    run: string | null;
                    version: string | null;
                };
                tag: string | null;
                /** @enum {string} */
                type: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
                words: string;
            }[];
        };
        Collection: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            entity: string;
            id: string;
            /**
             * @description SEQUENCE: runs log there. PORTFOLIO: versions are linked there.
             * @enum {string}
             */
            kind: "SEQUENCE" | "PORTFOLIO";
            /** @description The newest version, such as `v3`. */
            latestVersion: string | null;
            name: string;
            project: string;
            tags: string[];
            /** @description Of its versions that have no time to live of their own, in seconds. */
            timeToLive: "inherit" | "never" | number;
            type: string;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            versionCount: number;
        };
        /** @description One change of a collection, not made but looked at. */
        CollectionChange: {
            addTag: string;
        } | {
            removeTag: string;
        } | {
            /** @constant */
            delete: true;
        };
        CollectionPatch: {
            description?: string | null;
            name?: string;
            /** @description How long versions live, in seconds from their creation. */
            timeToLive?: "inherit" | "never" | number;
            type?: string;
        };
        Delivery: {
            /** @description Requests made. */
            attempts: number;
            automation: {
                id: string;
                name: string;
            };
            /** @description When payload, requests and answers were taken away because of their age. */
            bodiesPurgedAt: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            event: {
                /** @description The delivery that led to the event, if it is known. */
                causedBy: string | null;
                /** @description How many automations led to it, one after another. */
                depth: number;
                id: string;
                type: string;
            };
            execution: string;
            /** @description Pending, but its webhook is paused. */
            held: boolean;
            id: string;
            /** @description The HTTP status of the last attempt; null without an answer. */
            lastStatus: number | null;
            /** @description The webhook-id header: the same on every attempt. */
            messageId: string;
            /** @description Null while it waits for another one, too. */
            nextAttemptAt: string | null;
            reason: string | null;
            replayMode: ("as_then" | "as_now") | null;
            replayOf: string | null;
            settledAt: string | null;
            /** @enum {string} */
            state: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
            /** @description The newer one that took its place. */
            supersededBy: string | null;
            /** @description The delivery that has to end before it, where its webhook asks for an order. */
            waitsFor: string | null;
            webhook: {
                id: string;
                name: string;
            };
        };
        DeliveryWithAttempts: {
            /** @description Requests made. */
            attempts: number;
            automation: {
                id: string;
                name: string;
            };
            /** @description When payload, requests and answers were taken away because of their age. */
            bodiesPurgedAt: string | null;
            /** @description The payload, with references to secrets in place; null until it is first claimed, and once its time is up. */
            body: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            event: {
                /** @description The delivery that led to the event, if it is known. */
                causedBy: string | null;
                /** @description How many automations led to it, one after another. */
                depth: number;
                id: string;
                type: string;
            };
            execution: string;
            /** @description Pending, but its webhook is paused. */
            held: boolean;
            history: components["schemas"]["Attempt"][];
            id: string;
            /** @description The HTTP status of the last attempt; null without an answer. */
            lastStatus: number | null;
            /** @description The webhook-id header: the same on every attempt. */
            messageId: string;
            /** @description Null while it waits for another one, too. */
            nextAttemptAt: string | null;
            reason: string | null;
            replayMode: ("as_then" | "as_now") | null;
            replayOf: string | null;
            settledAt: string | null;
            /** @enum {string} */
            state: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
            /** @description The newer one that took its place. */
            supersededBy: string | null;
            /** @description The delivery that has to end before it, where its webhook asks for an order. */
            waitsFor: string | null;
            warnings: {
                message: string;
                path: string;
            }[];
            webhook: {
                id: string;
                name: string;
            };
        };
        EntityTimeToLive: {
            /** @description How long versions live, in seconds from their creation. */
            timeToLive: "inherit" | "never" | number;
        };
        Event: {
            actor: {
                /** @enum {string} */
                kind: "user" | "service" | "system";
                requestId: string | null;
                userAgent: string | null;
                username: string | null;
                /** @enum {string} */
                via: "wandb" | "rest" | "web" | "system" | "import";
            };
            /** @description What the run told by `run.alert(…)`. */
            alert: {
                /** @enum {string} */
                severity: "INFO" | "WARN" | "ERROR";
                text: string;
                title: string;
            } | null;
            alias: string | null;
            artifact: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                createdAt: string;
                description: string | null;
                digest: string;
                fileCount: number;
                id: string;
                metadata: {
                    [key: string]: unknown;
                };
                run: {
                    displayName: string;
                    entity: string;
                    name: string;
                    project: string;
                } | null;
                size: number;
                source: {
                    collection: string;
                    entity: string;
                    project: string;
                    /** @example v3 */
                    version: string;
                } | null;
                tags: string[];
                type: string;
            } | null;
            /** @description The delivery that led to this event, if it is known. */
            causedBy: string | null;
            /** @description How many automations led to it, one after another. */
            depth: number;
            id: string;
            /** @description The condition on a metric that was met. */
            metric: {
                condition: string;
                logged: number;
                name: string;
                prior: number | null;
                step: number | null;
                /** @description What was compared: a value, an aggregate, a change or a z-score. */
                value: number;
            } | null;
            movedTo: {
                artifact: string;
                /** @example v3 */
                version: string;
            } | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            occurredAt: string;
            previousVersion: {
                artifact: string;
                /** @example v3 */
                version: string;
            } | null;
            /** @description Of events about runs. */
            run: {
                displayName: string;
                group: string | null;
                jobType: string | null;
                /** @description What people call the id of the run. */
                name: string;
                /** @enum {string} */
                state: "running" | "finished" | "failed" | "crashed";
                stateBefore: ("running" | "finished" | "failed" | "crashed") | null;
                tags: string[];
                username: string | null;
            } | null;
            /** @description Who ran an automation by hand, with this to go by. Such an event is no fact, and in no feed. */
            runBy: string | null;
            /** @description The places it happened in, as far as you may see them. */
            subjects: {
                aliases: string[];
                /** @description null for events about runs. */
                collection: string | null;
                collectionKind: ("SEQUENCE" | "PORTFOLIO") | null;
                entity: string;
                project: string;
                version: string | null;
            }[];
            tag: string | null;
            /** @enum {string} */
            type: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
        };
        EventPage: {
            /** @description Continues after this page, also when nothing is left now: keep it and ask again later. */
            cursor: string;
            /** @description There is more to read now. */
            hasMore: boolean;
            items: components["schemas"]["Event"][];
        };
        Execution: {
            /** @description As it was called then. */
            automation: {
                entity: string;
                id: string;
                name: string;
            };
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            deliveries: {
                attempts: number;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                createdAt: string;
                held: boolean;
                id: string;
                nextAttemptAt: string | null;
                reason: string | null;
                replayMode: ("as_then" | "as_now") | null;
                replayOf: string | null;
                settledAt: string | null;
                /** @enum {string} */
                state: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
                webhook: {
                    id: string;
                    name: string;
                };
            }[];
            event: {
                alias: string | null;
                id: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                occurredAt: string;
                tag: string | null;
                /** @enum {string} */
                type: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            };
            id: string;
            reason: string | null;
            revision: number;
            /** @description Who ran it by hand; null when an event fired it. */
            runBy: string | null;
            /** @enum {string} */
            state: "matched" | "skipped";
            subject: {
                /** @description null for events about runs. */
                collection: string | null;
                entity: string;
                project: string;
                /** @description What people call the id of the run; null for events about artifacts. */
                run: string | null;
                version: string | null;
            } | null;
            /** @description What happened, as a sentence; null where you may not see the place. */
            words: string | null;
        };
        Explanation: {
            automation: {
                entity: string;
                id: string;
                name: string;
            };
            /** @description The clauses of the filter that did not hold, by their JSON Pointers, with the values seen. */
            because: {
                message: string;
                path: string;
            }[];
            deliveries: {
                attempts: number;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                createdAt: string;
                held: boolean;
                id: string;
                nextAttemptAt: string | null;
                reason: string | null;
                replayMode: ("as_then" | "as_now") | null;
                replayOf: string | null;
                settledAt: string | null;
                /** @enum {string} */
                state: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
                webhook: {
                    id: string;
                    name: string;
                };
            }[];
            execution: string | null;
            message: string;
            /** @description The one in force when the event happened. */
            revision: number | null;
            /** @enum {string} */
            verdict: "fired" | "skipped" | "filter_not_met" | "disabled" | "deleted" | "not_made_yet" | "other_event" | "out_of_scope" | "imported" | "run_by_hand" | "once_per_run" | "unclear";
        };
        Invite: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            email: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            expiresAt: string;
            id: string;
            invitedBy: {
                name: string | null;
                username: string;
            };
            /** @description To this organization. */
            organization: string | null;
            role: components["schemas"]["Role"] | null;
            /** @description To this team. With neither: to the server, as a user. */
            team: string | null;
        };
        InviteAccepted: {
            /** @description To this organization. */
            organization: string | null;
            role: components["schemas"]["Role"] | null;
            /** @description To this team. With neither: to the server, as a user. */
            team: string | null;
            username: string;
        };
        Lineage: {
            /** @description There is more than the 500 versions and runs that are shown at most. */
            cut: boolean;
            edges: {
                artifactId: string;
                /**
                 * @description What the run did with the version.
                 * @enum {string}
                 */
                kind: "logged" | "used";
                /** @description The id of a run above. */
                run: string;
            }[];
            /** @description Which versions hold references to files of others, `wandb-artifact://…`, beside what runs did. */
            references: {
                artifactId: string;
                /** @description The id of the other artifact. */
                refersTo: string;
            }[];
            runs: {
                displayName: string;
                entity: string;
                /** @description `entity/project/name`, as edges name it. */
                id: string;
                name: string;
                project: string;
            }[];
            versions: {
                aliases: string[];
                artifactId: string;
                collection: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                createdAt: string;
                entity: string;
                /** @description Where else it is, as far as you may see. */
                links: {
                    collection: string;
                    entity: string;
                    project: string;
                    version: string;
                }[];
                project: string;
                size: number;
                type: string;
                version: string;
            }[];
        };
        ListedAutomation: {
            action: components["schemas"]["ShownAction"];
            activity: components["schemas"]["AutomationActivity"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            createdBy: string | null;
            deletedAt: string | null;
            description: string | null;
            enabled: boolean;
            entity: string;
            /** @enum {string} */
            event: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            filter: {
                [key: string]: unknown;
            };
            /** @description Collections on which it fired too often: it is skipped there until then, or until it is released. */
            holds: {
                collection: {
                    collection: string;
                    project: string;
                } | null;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                since: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                until: string;
            }[];
            id: string;
            /** @description Whether you may: of those of a whole organization its administrators. */
            mayChange: boolean;
            name: string;
            pacing: {
                debounceSeconds: number | null;
                holdPerMinute: number | null;
                rateLimit: {
                    count: number;
                    seconds: number;
                } | null;
            };
            revision: number;
            scope: components["schemas"]["ShownScope"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
        };
        ListedProject: {
            /** @enum {string} */
            access: "PRIVATE" | "RESTRICTED";
            /** @description Of a registry: takes every artifact type. */
            allowAllTypes: boolean;
            /**
             * Format: date-time
             * @description When the project, or a collection in it, last changed.
             * @example 2026-11-23T12:00:00.000Z
             */
            changedAt: string;
            /** @description Collections that ever had a version. */
            collectionCount: number;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            entity: string;
            name: string;
            /** @description Holds links only, of the whole organization. */
            registry: boolean;
            /**
             * @description Yours here.
             * @enum {string}
             */
            role: "admin" | "member" | "viewer";
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
        };
        ListedWebhook: {
            accessTokenSecret: string | null;
            concurrencyMax: number;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            headers: {
                [key: string]: string;
            };
            health: components["schemas"]["WebhookHealth"];
            id: string;
            name: string;
            newestWins: boolean;
            /** @enum {string} */
            order: "none" | "collection" | "alias";
            paused: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                at: string;
                reason: string;
            } | null;
            /** @description Requests a minute: as set, or as the target bears. */
            rateLimitInForce: number | null;
            /** @description As it was set. */
            rateLimitPerMinute: number | null;
            retrySchedule: number[] | null;
            secrets: string[];
            signature: {
                github: boolean;
                standard: boolean;
                /** @enum {string} */
                wandb: "base64" | "hex" | "off";
            };
            signingSecret: string | null;
            slack: {
                channel: string;
                workspace: string;
            } | null;
            /** @enum {string} */
            target: "generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty";
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Whole for admins, else scheme, host and last four characters. */
            url: string;
            /** @description What it still has to send, and when it last worked. */
            use: {
                /** @description When one of its 100 newest deliveries arrived; null if none has. */
                lastSuccessAt: string | null;
                /** @description Deliveries that have not ended, counted up to 1000. */
                open: number;
            };
            /** @description The automations that send to it, of those that you may see. */
            usedBy: {
                enabled: boolean;
                id: string;
                name: string;
            }[];
            warnings: string[];
        };
        MasterKey: {
            /** @description A hash of the key, of which nothing of the key can be learnt. */
            id: string;
            /** @description Replaced values that are. */
            previousSecrets: number;
            /** @description Nothing is sealed under it any more, and no start needs it. */
            removable: boolean;
            /** @description Secrets that are still sealed under it. */
            secrets: number;
            /**
             * @description `newest` seals, `older` only opens, `missing` is not in the list of the process that answers: it cannot use what is sealed under it.
             * @enum {string}
             */
            status: "newest" | "older" | "missing";
            /** @description URLs of webhooks that are, also of deleted ones. */
            webhooks: number;
        };
        Member: {
            email: string | null;
            /** @enum {string} */
            kind: "person" | "service";
            name: string | null;
            role: components["schemas"]["Role"];
            username: string;
        };
        NewApiKey: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            expiresAt: string | null;
            /** @description The last four characters. */
            hint: string;
            id: string;
            /** @description The key itself, shown this once. */
            key: string;
            /** @description To the minute. */
            lastUsedAt: string | null;
        };
        NewArtifactFile: {
            /** Format: base64 */
            content: string;
            /** @description Relative, with `/` between its parts. */
            path: string;
        } | {
            /** Format: base64 */
            md5: string;
            /** @description Relative, with `/` between its parts. */
            path: string;
            size: number;
        } | {
            checksum?: string;
            /** @description Relative, with `/` between its parts. */
            path: string;
            /** @description Where the bytes are, such as `s3://bucket/key`. */
            reference: string;
            /** @default 0 */
            size: number;
        };
        NewAutomation: {
            action: components["schemas"]["AutomationAction"];
            /** @default null */
            description: string | null;
            /** @default true */
            enabled: boolean;
            /** @description One of CREATE_ARTIFACT, LINK_ARTIFACT, UNLINK_ARTIFACT, ADD_ARTIFACT_ALIAS, REMOVE_ARTIFACT_ALIAS, ADD_ARTIFACT_TAG, REMOVE_ARTIFACT_TAG, ADD_COLLECTION_TAG, REMOVE_COLLECTION_TAG, DELETE_ARTIFACT, RUN_METRIC, RUN_METRIC_CHANGE, RUN_METRIC_ZSCORE, RUN_STATE, RUN_ALERT. */
            event: string;
            /**
             * @description Conditions in the manner of MongoDB on alias, tag, artifact_type, collection, project, entity, version, event_author and metadata.<path>. None matches all.
             * @default null
             */
            filter: {
                [key: string]: unknown;
            } | null;
            name: string;
            /**
             * @default {
             *       "rateLimit": null,
             *       "holdPerMinute": null,
             *       "debounceSeconds": null
             *     }
             */
            pacing: components["schemas"]["AutomationPacing"];
            scope: components["schemas"]["AutomationScope"];
        };
        NewCollection: {
            description?: string | null;
            /**
             * @description In a registry PORTFOLIO, which alone it holds, else SEQUENCE by default.
             * @enum {string}
             */
            kind?: "SEQUENCE" | "PORTFOLIO";
            name: string;
            type: string;
        };
        NewInvite: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            email: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            expiresAt: string;
            id: string;
            invitedBy: {
                name: string | null;
                username: string;
            };
            /** @description To this organization. */
            organization: string | null;
            role: components["schemas"]["Role"] | null;
            /** @description To this team. With neither: to the server, as a user. */
            team: string | null;
            /** @description What is in it. */
            token: string;
            /** @description The link to pass on, shown this once. */
            url: string;
        };
        NewLink: {
            aliases?: string[];
            source: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
        };
        NewProject: {
            /** @enum {string} */
            access?: "PRIVATE" | "RESTRICTED";
            /** @description The types a registry takes. All by default. */
            artifactTypes?: string[];
            description?: string;
            /** @description Of a registry without its prefix "wandb-registry-". */
            name: string;
            /**
             * @description Make a registry; only in an organization.
             * @default false
             */
            registry: boolean;
        };
        NewReplay: {
            /**
             * @description Say how many, and send nothing.
             * @default false
             */
            dryRun: boolean;
            /**
             * @description As in the list of deliveries. Asked of the newest delivery of each, so that replays count.
             * @default {
             *       "state": [
             *         "failed"
             *       ]
             *     }
             */
            filter: {
                automation?: string;
                collection?: string;
                reason?: string;
                /**
                 * @default [
                 *       "failed"
                 *     ]
                 */
                state: ("succeeded" | "failed" | "superseded" | "cancelled")[];
                status?: number[];
                webhook?: string;
            };
            /**
             * @default as_then
             * @enum {string}
             */
            mode: "as_then" | "as_now";
            /** @description When the automations fired: from the first moment, and before the second; without it until now. */
            window: {
                /** Format: date-time */
                from: string;
                /** Format: date-time */
                to?: string;
            };
        };
        NewServiceAccount: {
            email: string | null;
            /** @description Its first API key, shown this once. */
            key: string;
            /** @enum {string} */
            kind: "person" | "service";
            name: string | null;
            role: components["schemas"]["Role"];
            username: string;
        };
        NewVersion: {
            /**
             * @description `latest` is added to them.
             * @default []
             */
            aliases: string[];
            description?: string;
            /** @default [] */
            files: components["schemas"]["NewArtifactFile"][];
            metadata?: {
                [key: string]: unknown;
            };
            /** @description The name of the run in this project that logs it. */
            run?: string;
            /** @default [] */
            tags: string[];
            /**
             * @description How long versions live, in seconds from their creation.
             * @default inherit
             */
            timeToLive: "inherit" | "never" | number;
            type: string;
        };
        NewWebhook: {
            /** @description Sent as "Authorization: Bearer <value>". */
            accessTokenSecret?: string | null;
            /** @description The most requests open to the receiver at once. 10 by default. */
            concurrencyMax?: number;
            /** @description Extra headers. Values may contain ${SECRET}. */
            headers?: {
                [key: string]: string;
            };
            /** @description Up to 64 letters, digits, "-", "_" and spaces between them. */
            name: string;
            /** @description With an order: a delivery that waits is superseded by the next one of its automation. */
            newestWins?: boolean;
            /**
             * @description Sends deliveries of one collection, or of one alias in it, one at a time, each once the one before it has ended.
             * @enum {string}
             */
            order?: "none" | "collection" | "alias";
            /** @description Holds its deliveries. false makes them due, and closes the circuit of a receiver that was out: say so once it is mended. */
            paused?: boolean;
            /** @description The most requests that begin in any minute. Absent or null: what the target bears, if that is known. */
            rateLimitPerMinute?: number | null;
            /** @description Seconds from each attempt to the next, read anew at each; [] for one attempt. Absent or null: by Standard Webhooks. */
            retrySchedule?: number[] | null;
            /** @description Further secrets that payloads may use. */
            secrets?: string[];
            signature?: components["schemas"]["SignatureSetting"];
            /** @description Signs every request. */
            signingSecret?: string | null;
            /** @description Makes it a Slack integration, which notifications go to. The URL is that of an incoming webhook, or https://slack.com/api/chat.postMessage with the bot token as access token. */
            slack?: {
                /** @description Where a bot posts, such as #ml-alerts or C0123456789; of an incoming webhook, the name of its channel. */
                channel: string;
                /** @description Its name, for people. */
                workspace: string;
            } | null;
            /** @description What the receiver is, by whose rule its answers are judged. Absent or null: as its URL shows. */
            target?: ("generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty") | null;
            /** @description https, or what TRIPLINE_WEBHOOK_ALLOW allows. May contain ${SECRET}. */
            url: string;
        };
        Organization: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            displayName: string | null;
            /** @description The name of the organization's own entity. */
            name: string;
            /** @description Yours; null if you are no member. */
            role: components["schemas"]["Role"] | null;
        };
        Overview: {
            /** @description What you belong to, by name. */
            entities: {
                /** @description The enabled ones, by how they do. */
                automations: {
                    failing: number;
                    healthy: number;
                    held: number;
                    never_fired: number;
                };
                /** @description Made within 24 hours, failed, and not replayed since. */
                deadLetters: number;
                displayName: string | null;
                /** @description A version has been logged or linked. */
                hasVersions: boolean;
                /** @enum {string} */
                kind: "user" | "team" | "organization";
                name: string;
                /**
                 * @description Your own.
                 * @enum {string}
                 */
                role: "viewer" | "member" | "admin";
                webhooks: {
                    /** @description Not paused, but the receiver is out. */
                    out: number;
                    paused: number;
                };
            }[];
            /** @description What automations did there last, twenty at most, newest first. */
            executions: components["schemas"]["Execution"][];
        };
        PayloadCheck: {
            /** @description For an example event, with `${NAME}` where a secret goes. */
            body: string | null;
            /** @description Why it cannot be rendered for that event. */
            problem: string | null;
            warnings: {
                message: string;
                path: string;
            }[];
        };
        PayloadCheckRequest: {
            /**
             * @description What it is checked, and tried, with.
             * @default ADD_ARTIFACT_ALIAS
             * @enum {string}
             */
            event: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            /** @description The template: a JSON object, or its text. Absent: the default body. */
            payload?: unknown;
            /** @description Without a webhook: the names of the secrets that it may name. */
            secrets?: string[];
            /** @description The id of the webhook: whose secrets it may name. */
            webhook?: string;
        };
        PayloadPreset: {
            id: string;
            label: string;
            /** @description What to know, or to fill in, before it is used. */
            note: string | null;
            /** @description Secrets it names: the webhook needs them among its further secrets. */
            secrets: string[];
            /** @description The payload, as JSON laid out for reading. */
            template: string;
        };
        PayloadPreview: {
            /** @description The clauses that do not hold. */
            because: {
                message: string;
                path: string;
            }[];
            event: {
                id: string;
                isExample: boolean;
                /** @enum {string} */
                type: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            };
            /** @description Whether its filter would let it fire on this event. */
            filterMatches: boolean;
            /** @description null: nothing is sent. */
            request: {
                /** @description With `${NAME}` where a secret goes. */
                body: string | null;
                /** @description Of the body as it is shown. */
                bytes: number;
                contentType: string;
                /** @description Those of its settings only for admins of the webhook. */
                headers: {
                    [key: string]: string;
                };
                /** @description Why it cannot be rendered for this event, or not be sent now. */
                problem: string | null;
                /** @description Scheme, host and last four characters. */
                url: string;
                webhook: {
                    id: string;
                    name: string;
                };
            } | null;
            warnings: {
                message: string;
                path: string;
            }[];
        };
        PayloadPreviewRequest: {
            alias?: string;
            /** @description A version or a run, as if the event had just happened there. Without it and an event: an example. */
            at?: {
                collection?: string;
                entity?: string;
                project: string;
                run?: string;
                /** @description `v3`, or an alias. */
                version?: string;
            };
            automation: components["schemas"]["AutomationDraft"];
            /** @description The id of an event that happened. */
            event?: string;
            tag?: string;
        };
        /** @description Upload these files, then commit the artifact. */
        PendingVersion: {
            artifactId: string;
            uploads: {
                headers: {
                    [key: string]: string;
                };
                path: string;
                url: string;
            }[];
        };
        /** @description An RFC 9457 problem with a stable code. */
        Problem: {
            /**
             * @description Stable; there may be more one day.
             * @example invalid_request
             * @example malformed_json
             * @example query_too_complex
             * @example cursor_invalid
             * @example cursor_expired
             * @example request_timeout
             * @example headers_too_large
             * @example body_too_large
             * @example unsupported_media_type
             * @example route_not_found
             * @example method_not_allowed
             * @example idempotency_key_reused
             * @example idempotency_in_progress
             * @example not_supported
             * @example unauthenticated
             * @example sign_in_failed
             * @example sign_in_expired
             * @example identity_refused
             * @example identity_provider_failed
             * @example csrf_token_invalid
             * @example origin_not_allowed
             * @example caused_by_unknown
             * @example forbidden
             * @example not_found
             * @example name_invalid
             * @example name_reserved
             * @example name_taken
             * @example email_taken
             * @example password_invalid
             * @example password_wrong
             * @example api_key_taken
             * @example api_key_invalid
             * @example last_admin
             * @example entity_not_empty
             * @example membership_invalid
             * @example limit_reached
             * @example setup_token_invalid
             * @example setup_done
             * @example invite_invalid
             * @example artifact_type_mismatch
             * @example artifact_type_in_use
             * @example artifact_not_pending
             * @example artifact_incomplete
             * @example version_number_given
             * @example artifact_has_aliases
             * @example artifact_not_linkable
             * @example alias_invalid
             * @example tag_invalid
             * @example metadata_invalid
             * @example manifest_missing
             * @example manifest_invalid
             * @example manifest_mismatch
             * @example storage_region_unknown
             * @example upload_truncated
             * @example upload_length_mismatch
             * @example upload_digest_mismatch
             * @example upload_incomplete
             * @example upload_stalled
             * @example upload_conflict
             * @example signed_url_invalid
             * @example signed_url_expired
             * @example range_not_satisfiable
             * @example storage_full
             * @example filter_invalid
             * @example scope_invalid
             * @example scope_unknown
             * @example webhook_unknown
             * @example template_invalid
             * @example webhook_url_invalid
             * @example webhook_url_blocked
             * @example receiver_not_ready
             * @example webhook_in_use
             * @example secret_invalid
             * @example secret_unknown
             * @example secret_in_use
             * @example automation_disabled
             * @example automation_out_of_scope
             * @example delivery_not_settled
             * @example delivery_not_replayable
             * @example rate_limited
             * @example database_unavailable
             * @example storage_unavailable
             * @example shutting_down
             */
            code: string;
            detail: string;
            errors?: {
                message: string;
                path: string;
            }[];
            requestId: string;
            status: number;
            title: string;
            type: string;
        } & {
            [key: string]: unknown;
        };
        Project: {
            /** @enum {string} */
            access: "PRIVATE" | "RESTRICTED";
            /** @description Of a registry: takes every artifact type. */
            allowAllTypes: boolean;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            entity: string;
            name: string;
            /** @description Holds links only, of the whole organization. */
            registry: boolean;
            /**
             * @description Yours here.
             * @enum {string}
             */
            role: "admin" | "member" | "viewer";
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
        };
        RegistryMember: {
            /** @enum {string} */
            kind: "user" | "team";
            name: string;
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        RegistryPatch: {
            /**
             * @description RESTRICTED: only members of the registry see it.
             * @enum {string}
             */
            access?: "PRIVATE" | "RESTRICTED";
            allowAllTypes?: boolean;
            /** @description All the types it is to take. Where it takes every type, they are added to those it knows. */
            artifactTypes?: string[];
            description?: string | null;
            /** @description Without the prefix "wandb-registry-". */
            name?: string;
        };
        RegistryTeam: {
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        RegistryUser: {
            /** @enum {string} */
            role: "admin" | "member" | "viewer";
        };
        Replay: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            createdBy: string | null;
            finishedAt: string | null;
            id: string;
            /** @description How many fit and cannot be sent anew, by reason: bodies_purged, never_rendered, webhook_deleted, automation_deleted, no_webhook, limit_reached. */
            leftOut: {
                [key: string]: number;
            };
            /** @description Deliveries that fit, as far as it has come. */
            matched: number;
            /** @enum {string} */
            mode: "as_then" | "as_now";
            /**
             * Format: date-time
             * @description The part of the window before this has been gone through.
             * @example 2026-11-23T12:00:00.000Z
             */
            position: string;
            replayed: number;
            /** @enum {string} */
            state: "running" | "done";
            window: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                from: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                to: string;
            };
        };
        ReplayTrial: {
            /** @description The whole window was looked at; else the time was up before. */
            complete: boolean;
            /** @description How many fit and cannot be sent anew, by reason: bodies_purged, never_rendered, webhook_deleted, automation_deleted, no_webhook, limit_reached. */
            leftOut: {
                [key: string]: number;
            };
            matched: number;
            replayable: number;
        };
        /** @enum {string} */
        Role: "admin" | "member" | "viewer";
        Run: {
            /** @description Versions that you may see. */
            artifacts: {
                logged: number;
                used: number;
            };
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            displayName: string;
            entity: string;
            group: string | null;
            /**
             * Format: date-time
             * @description When it was last heard of.
             * @example 2026-11-23T12:00:00.000Z
             */
            heartbeatAt: string;
            jobType: string | null;
            /** @description What people call the id of the run. */
            name: string;
            project: string;
            /**
             * @description As it is now: one that has long been silent has crashed.
             * @enum {string}
             */
            state: "running" | "finished" | "failed" | "crashed";
            tags: string[];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Who made it. */
            username: string | null;
        };
        RunAlert: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            at: string;
            run: string;
            runDisplayName: string;
            /** @enum {string} */
            severity: "INFO" | "WARN" | "ERROR";
            text: string;
            title: string;
            /** @description Who sent it. */
            username: string | null;
        };
        RunDetails: {
            /** @description The last twenty; `listRunAlerts` has all. */
            alerts: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                at: string;
                /** @enum {string} */
                severity: "INFO" | "WARN" | "ERROR";
                text: string;
                title: string;
            }[];
            /** @description Versions that you may see. */
            artifacts: {
                logged: number;
                used: number;
            };
            commit: string | null;
            /** @description What was set before it began, without what the client adds of its own. */
            config: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            description: string | null;
            displayName: string;
            entity: string;
            exitCode: number | null;
            group: string | null;
            /**
             * Format: date-time
             * @description When it was last heard of.
             * @example 2026-11-23T12:00:00.000Z
             */
            heartbeatAt: string;
            host: string | null;
            jobType: string | null;
            /** @description What people call the id of the run. */
            name: string;
            notes: string | null;
            program: string | null;
            project: string;
            repo: string | null;
            /**
             * @description As it is now: one that has long been silent has crashed.
             * @enum {string}
             */
            state: "running" | "finished" | "failed" | "crashed";
            /** @description The last value of each metric, or what was set in its place. */
            summary: {
                [key: string]: unknown;
            };
            sweep: string | null;
            tags: string[];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Who made it. */
            username: string | null;
        };
        SavedAutomation: {
            action: components["schemas"]["ShownAction"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            createdBy: string | null;
            deletedAt: string | null;
            description: string | null;
            enabled: boolean;
            entity: string;
            /** @enum {string} */
            event: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            filter: {
                [key: string]: unknown;
            };
            /** @description Collections on which it fired too often: it is skipped there until then, or until it is released. */
            holds: {
                collection: {
                    collection: string;
                    project: string;
                } | null;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                since: string;
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                until: string;
            }[];
            id: string;
            /** @description Whether you may: of those of a whole organization its administrators. */
            mayChange: boolean;
            name: string;
            pacing: {
                debounceSeconds: number | null;
                holdPerMinute: number | null;
                rateLimit: {
                    count: number;
                    seconds: number;
                } | null;
            };
            revision: number;
            scope: components["schemas"]["ShownScope"];
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description What is allowed but perhaps not meant. */
            warnings: {
                message: string;
                path: string;
            }[];
        };
        SearchResults: {
            automations: {
                enabled: boolean;
                entity: string;
                id: string;
                name: string;
            }[];
            collections: {
                entity: string;
                /** @enum {string} */
                kind: "SEQUENCE" | "PORTFOLIO";
                name: string;
                project: string;
                type: string;
            }[];
            projects: {
                entity: string;
                name: string;
                registry: boolean;
            }[];
            runs: {
                displayName: string;
                entity: string;
                name: string;
                project: string;
            }[];
        };
        /** @description A team secret. Its value is never shown. */
        Secret: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            /** @description The same of the newest attempt that carried it, or was signed with it, and was answered with 401 or 403. */
            lastRefusedAt: string | null;
            /** @description When the newest attempt that was made with it began, to the minute. */
            lastUsedAt: string | null;
            name: string;
            /** @description Replaced values that still sign beside the newest, newest first. */
            previous: {
                /**
                 * Format: date-time
                 * @description When it signs no more and is deleted.
                 * @example 2026-11-23T12:00:00.000Z
                 */
                endsAt: string;
                version: number;
            }[];
            /**
             * Format: date-time
             * @description When its value was stored.
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Who stored its value; null if that is not known any more. */
            updatedBy: string | null;
            /** @description Names of webhooks. */
            usedBy: string[];
            version: number;
        };
        Session: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            /** @description The one that this request is made in. */
            current: boolean;
            /**
             * Format: date-time
             * @description At the latest: a session that is not used for 7 days ends earlier.
             * @example 2026-11-23T12:00:00.000Z
             */
            expiresAt: string;
            id: string;
            /**
             * Format: date-time
             * @description To the minute.
             * @example 2026-11-23T12:00:00.000Z
             */
            lastUsedAt: string;
            /**
             * @description How it began.
             * @enum {string}
             */
            method: "password" | "api-key" | "oidc" | "setup" | "invite";
            userAgent: string | null;
        };
        SessionState: {
            /** @description For the header `X-Tripline-Csrf` of all requests but GET. Null without a session, as with an API key. */
            csrfToken: string | null;
            /** @description When the session ends at the latest. */
            expiresAt: string | null;
            /** @description There is no user yet: the link in the log makes the first. */
            setUpNeeded: boolean;
            /** @description How one can sign in here. */
            signIn: {
                /** @description By an identity provider. */
                oidc: {
                    label: string;
                    /** @description To open in the browser; add `?next=`. */
                    url: string;
                } | null;
                /** @description By name and password, or by an API key. */
                password: boolean;
            };
            /** @description Who is signed in; null: nobody. */
            viewer: components["schemas"]["Viewer"] | null;
        };
        SetupDone: {
            apiKey: string;
            username: string;
        };
        ShownAction: {
            message?: string;
            /** @description The text of the template; null for the default body. */
            payload?: string | null;
            /** @enum {string} */
            severity?: "INFO" | "WARN" | "ERROR";
            /** @description Of a notification, as are message and severity. */
            title?: string;
            /** @enum {string} */
            type: "webhook" | "notification" | "nothing";
            webhook?: {
                /** @description The receiver is out: deliveries wait, and are tried one at a time. */
                circuitOpen: boolean;
                deleted: boolean;
                id: string;
                name: string;
                paused: boolean;
            };
        };
        ShownScope: {
            collection?: string;
            /**
             * @description What was the scope is gone, so this automation never fires again.
             * @constant
             */
            deleted?: true;
            entity: string;
            project?: string;
            registry?: string;
            /** @enum {string} */
            type: "collection" | "project" | "registry" | "entity";
        };
        SignatureSetting: {
            /** @description X-Hub-Signature-256. Off by default. */
            github?: boolean;
            /** @description Standard Webhooks headers. On by default. */
            standard?: boolean;
            /**
             * @description X-Wandb-Signature. base64 by default.
             * @enum {string}
             */
            wandb?: "base64" | "hex" | "off";
        };
        SignIn: {
            /** @description Instead of name and password. */
            apiKey?: string;
            password?: string;
            /** @description Or the e-mail address. */
            username?: string;
        };
        Team: {
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            displayName: string | null;
            name: string;
            organization: string | null;
            /** @description Yours; null if you are no member. */
            role: components["schemas"]["Role"] | null;
        };
        TemplateVariables: {
            /** @description What `${artifact_metadata.…}` can name in the version given. */
            metadata: {
                path: string;
                value: string;
            }[];
            /** @description Names that a template may use in the same way. */
            secrets: string[];
            variables: {
                description: string;
                events: ("CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT")[];
                /** @description Takes a path: `${name.key}`. */
                hasPath: boolean;
                name: string;
                /** @enum {string} */
                origin: "wandb" | "tripline";
                /** @description As a text: of the version given, or an example. null: empty. */
                value: string | null;
            }[];
        };
        User: {
            /** @description An administrator of the whole server. */
            admin: boolean;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            email: string | null;
            /** @enum {string} */
            kind: "person" | "service";
            name: string | null;
            /** @description The team a service account belongs to; null for people. */
            team: string | null;
            username: string;
        };
        Version: {
            /**
             * Format: date-time
             * @description When it came into this collection.
             * @example 2026-11-23T12:00:00.000Z
             */
            addedAt: string;
            /** @description Its aliases in this collection. */
            aliases: string[];
            /** @description The same wherever the artifact is linked. */
            artifactId: string;
            collection: string;
            committedAt: string | null;
            description: string | null;
            digest: string;
            entity: string;
            /** @description When its time to live, or that it inherits, runs out. Until it is neither linked into a registry nor has an alias other than `latest`, it is kept even then. */
            expiresAt: string | null;
            fileCount: number;
            metadata: {
                [key: string]: unknown;
            };
            project: string;
            /** @description The run that logged it. */
            run: {
                displayName: string;
                entity: string;
                name: string;
                project: string;
            } | null;
            /** @description Bytes of all files, references included. */
            size: number;
            /** @description Where it was logged; `null` where you may not see it. */
            source: {
                collection: string;
                entity: string;
                project: string;
                version: string;
            } | null;
            tags: string[];
            /** @description Of its own, in seconds. */
            timeToLive: "inherit" | "never" | number;
            type: string;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Its number in this collection, such as `v3`. */
            version: string;
        };
        /** @description One change of a version, not made but looked at. */
        VersionChange: {
            addAlias: string;
        } | {
            removeAlias: string;
        } | {
            addTag: string;
        } | {
            removeTag: string;
        } | {
            link: {
                /** @default [] */
                aliases: string[];
                collection: string;
                entity: string;
                project: string;
            };
        } | {
            /** @constant */
            unlink: true;
        } | {
            /** @constant */
            delete: true;
        };
        VersionPatch: {
            addTags?: string[];
            deleteTags?: string[];
            description?: string | null;
            /** @description Replaces the metadata there is. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description How long versions live, in seconds from their creation. */
            timeToLive?: "inherit" | "never" | number;
        };
        Viewer: {
            /** @description An administrator of the whole server. */
            admin: boolean;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            /** @description Where things go when a request names no entity. */
            defaultEntity: string;
            email: string | null;
            entities: {
                displayName: string | null;
                /** @enum {string} */
                kind: "user" | "team" | "organization";
                name: string;
                organization: string | null;
                /** @enum {string} */
                role: "admin" | "member" | "viewer";
            }[];
            /** @description Without one, the first is chosen without a current one. */
            hasPassword: boolean;
            /** @enum {string} */
            kind: "person" | "service";
            name: string | null;
            /** @description The team a service account belongs to; null for people. */
            team: string | null;
            /** @description The service account that acts for this user. */
            through: string | null;
            username: string;
        };
        Webhook: {
            accessTokenSecret: string | null;
            concurrencyMax: number;
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            createdAt: string;
            headers: {
                [key: string]: string;
            };
            health: components["schemas"]["WebhookHealth"];
            id: string;
            name: string;
            newestWins: boolean;
            /** @enum {string} */
            order: "none" | "collection" | "alias";
            paused: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                at: string;
                reason: string;
            } | null;
            /** @description Requests a minute: as set, or as the target bears. */
            rateLimitInForce: number | null;
            /** @description As it was set. */
            rateLimitPerMinute: number | null;
            retrySchedule: number[] | null;
            secrets: string[];
            signature: {
                github: boolean;
                standard: boolean;
                /** @enum {string} */
                wandb: "base64" | "hex" | "off";
            };
            signingSecret: string | null;
            slack: {
                channel: string;
                workspace: string;
            } | null;
            /** @enum {string} */
            target: "generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty";
            /**
             * Format: date-time
             * @example 2026-11-23T12:00:00.000Z
             */
            updatedAt: string;
            /** @description Whole for admins, else scheme, host and last four characters. */
            url: string;
            /** @description The automations that send to it, of those that you may see. */
            usedBy: {
                enabled: boolean;
                id: string;
                name: string;
            }[];
            warnings: string[];
        };
        /** @description How the receiver does, over all workers. */
        WebhookHealth: {
            /**
             * @description open: the receiver is out and its deliveries wait. half_open: one at a time is tried.
             * @enum {string}
             */
            circuit: "closed" | "open" | "half_open";
            circuitOpenedAt: string | null;
            /** @description Attempts in a row that the receiver did not accept. */
            consecutiveFailures: number;
            /** @description When the first of them ended. */
            failingSince: string | null;
            /** @description No request before this: the receiver asked for it, or its circuit is open. */
            heldUntil: string | null;
            /** @description Also of a receiver that is well again. */
            lastFailure: {
                /**
                 * Format: date-time
                 * @example 2026-11-23T12:00:00.000Z
                 */
                at: string;
                /** @description As on the attempt. */
                reason: string;
            } | null;
            /** @description When an open circuit lets the next delivery be tried. */
            nextProbeAt: string | null;
        };
        WebhookPatch: {
            /** @description Sent as "Authorization: Bearer <value>". */
            accessTokenSecret?: string | null;
            /** @description The most requests open to the receiver at once. 10 by default. */
            concurrencyMax?: number;
            /** @description Extra headers. Values may contain ${SECRET}. */
            headers?: {
                [key: string]: string;
            };
            /** @description Up to 64 letters, digits, "-", "_" and spaces between them. */
            name?: string;
            /** @description With an order: a delivery that waits is superseded by the next one of its automation. */
            newestWins?: boolean;
            /**
             * @description Sends deliveries of one collection, or of one alias in it, one at a time, each once the one before it has ended.
             * @enum {string}
             */
            order?: "none" | "collection" | "alias";
            /** @description Holds its deliveries. false makes them due, and closes the circuit of a receiver that was out: say so once it is mended. */
            paused?: boolean;
            /** @description The most requests that begin in any minute. Absent or null: what the target bears, if that is known. */
            rateLimitPerMinute?: number | null;
            /** @description Seconds from each attempt to the next, read anew at each; [] for one attempt. Absent or null: by Standard Webhooks. */
            retrySchedule?: number[] | null;
            /** @description Further secrets that payloads may use. */
            secrets?: string[];
            signature?: components["schemas"]["SignatureSetting"];
            /** @description Signs every request. */
            signingSecret?: string | null;
            /** @description Makes it a Slack integration, which notifications go to. The URL is that of an incoming webhook, or https://slack.com/api/chat.postMessage with the bot token as access token. */
            slack?: {
                /** @description Where a bot posts, such as #ml-alerts or C0123456789; of an incoming webhook, the name of its channel. */
                channel: string;
                /** @description Its name, for people. */
                workspace: string;
            } | null;
            /** @description What the receiver is, by whose rule its answers are judged. Absent or null: as its URL shows. */
            target?: ("generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty") | null;
            /** @description https, or what TRIPLINE_WEBHOOK_ALLOW allows. May contain ${SECRET}. */
            url?: string;
        };
        WebhookTarget: {
            /** @description To be set on the webhook; `${NAME}` is a secret that has to be stored. */
            headers: {
                [key: string]: string;
            };
            label: string;
            /** @description Which tokens and settings it wants. */
            needs: string;
            /** @description Payloads to begin with, the most usual one first. */
            presets: components["schemas"]["PayloadPreset"][];
            /** @description What it bears, where that is known. */
            rateLimitPerMinute: number | null;
            /** @description Sent to it by themselves; a header of the webhook takes their place. */
            sentHeaders: {
                [key: string]: string;
            };
            /** @description Which answers count as arrived. */
            success: string;
            /** @enum {string} */
            target: "generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty";
            /** @description The form of its URL. */
            urlExample: string;
            /** @description What speaks against choosing it. */
            warning: string | null;
        };
        WebhookTestAnswer: {
            /** @description What happened and what to do, in words. */
            explanation: string;
            ok: boolean;
            reason: string;
            /** @description What the receiver calls what it made of the request. */
            remoteId: string | null;
            /** @description Where that can be seen. */
            remoteUrl: string | null;
            request: {
                body: string;
                headers: {
                    [key: string]: string;
                };
                secretVersions: {
                    [key: string]: number;
                };
                url: string;
            };
            response: {
                body: string;
                bodyCut: boolean;
                headers: {
                    [key: string]: string | string[];
                };
                status: number;
            } | null;
            /** @description A shell script that sends the same with curl and openssl. It takes the URL and the secrets from its environment. */
            script: string;
            /** @description Milliseconds. */
            timing: {
                connectMs: number | null;
                dnsMs: number | null;
                firstByteMs: number | null;
                isReused: boolean;
                tlsMs: number | null;
                totalMs: number;
            };
            verdict: string;
        };
    };
    responses: {
        /** @description It was refused, or it failed. `code` says why. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    commitArtifact: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only this action, such as `webhook.created`, or all of a noun: `webhook`. */
                action?: string;
                /** @description Only what this user did. */
                actor?: string;
                cursor?: string;
                limit?: number;
                /** @description Only what was done to this. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["AuditEntry"][];
                    };
                };
            };
        };
    };
    getAutomation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Automation"];
                };
            };
        };
    };
    deleteAutomation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateAutomation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AutomationPatch"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedAutomation"];
                };
            };
        };
    };
    listExecutions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Execution"][];
                    };
                };
            };
        };
    };
    releaseAutomation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Automation"];
                };
            };
        };
    };
    listRevisions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["AutomationRevision"][];
                    };
                };
            };
        };
    };
    runAutomation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AutomationRun"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutomationRunAnswer"];
                };
            };
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryWithAttempts"];
                };
            };
        };
    };
    replayDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default as_then
                     * @enum {string}
                     */
                    mode?: "as_then" | "as_now";
                } | null;
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
        };
    };
    listEntityAudit: {
        parameters: {
            query?: {
                /** @description Only this action, such as `webhook.created`, or all of a noun: `webhook`. */
                action?: string;
                /** @description Only what this user did. */
                actor?: string;
                cursor?: string;
                limit?: number;
                /** @description Only what was done to this. */
                subject?: string;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["AuditEntry"][];
                    };
                };
            };
        };
    };
    listAutomations: {
        parameters: {
            query?: {
                cursor?: string;
                enabled?: "true" | "false";
                event?: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
                health?: "failing" | "held" | "never_fired" | "healthy";
                limit?: number;
                /** @description The whole name. */
                name?: string;
                /** @description With a minus the other way round: the newest first. */
                order?: "created" | "-created" | "name" | "-name" | "lastFired" | "-lastFired";
                /** @description Scoped to this project or registry of the entity, or to a collection in it. */
                project?: string;
                /** @description A part of the name, in capitals or not. */
                q?: string;
                /** @description Those that can fire in this project or registry of the entity: scoped to it, to a collection in it, to all of the entity, or to all of its organization. */
                reaches?: string;
                /** @description The id of the webhook it sends to. */
                webhook?: string;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ListedAutomation"][];
                    };
                };
            };
        };
    };
    createAutomation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAutomation"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedAutomation"];
                };
            };
        };
    };
    backtestAutomation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestRequest"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backtest"];
                };
            };
        };
    };
    previewAutomation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PayloadPreviewRequest"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayloadPreview"];
                };
            };
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                automation?: string;
                /** @description Where it happened: `project/collection` of the entity, or `entity/project/collection`. */
                collection?: string;
                /** @description This moment, or later. */
                createdAfter?: string;
                /** @description Before this moment. */
                createdBefore?: string;
                cursor?: string;
                limit?: number;
                /** @description Why it stands as it does, as `reason` says. */
                reason?: string;
                /** @description The HTTP status of the last attempt. */
                status?: number[];
                webhook?: string;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Delivery"][];
                    };
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                automation?: string;
                /** @description Where it happened: `project/collection` of the entity, or `entity/project/collection`. */
                collection?: string;
                /** @description This moment, or later. */
                createdAfter?: string;
                /** @description Before this moment. */
                createdBefore?: string;
                cursor?: string;
                /** @description Waiting because its webhook is paused, or not. */
                held?: "true" | "false";
                limit?: number;
                /** @description Why it stands as it does, as `reason` says. */
                reason?: string;
                state?: ("pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled") | ("pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled")[];
                /** @description The HTTP status of the last attempt. */
                status?: number[];
                webhook?: string;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Delivery"][];
                    };
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                cursor?: string;
                /** @description Where to begin without a cursor: with the oldest event there is, or with the next one that comes. */
                from?: "oldest" | "latest";
                limit?: number;
                type?: ("CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT") | ("CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT")[];
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
        };
    };
    listExecutionsOfEntity: {
        parameters: {
            query?: {
                /** @description The id of an automation of the entity. */
                automation?: string;
                /** @description This moment, or later. */
                createdAfter?: string;
                /** @description Before this moment. */
                createdBefore?: string;
                cursor?: string;
                /** @description One of its deliveries is in this state. */
                delivery?: "pending" | "sending" | "succeeded" | "failed" | "superseded" | "cancelled";
                event?: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
                limit?: number;
                /** @description Where it happened: `project`, `entity/project` or `entity/project/collection`, as long as it exists. */
                place?: string;
                state?: "matched" | "skipped";
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Execution"][];
                    };
                };
            };
        };
    };
    checkPayload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PayloadCheckRequest"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayloadCheck"];
                };
            };
        };
    };
    listReplays: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Replay"][];
                    };
                };
            };
        };
    };
    createReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReplay"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayTrial"];
                };
            };
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
        };
    };
    listSecrets: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Secret"][];
                    };
                };
            };
        };
    };
    putSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the value that is replaced goes on signing beside the new one. 0: it ends at once, and so do all before it.
                     * @default 24
                     */
                    overlapHours?: number;
                    /** @description Never shown again. */
                    value: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Replaced values that still sign beside the newest, newest first. */
                        previous: {
                            /**
                             * Format: date-time
                             * @description When it signs no more and is deleted.
                             * @example 2026-11-23T12:00:00.000Z
                             */
                            endsAt: string;
                            version: number;
                        }[];
                        version: number;
                    };
                };
            };
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Replaced values that still sign beside the newest, newest first. */
                        previous: {
                            /**
                             * Format: date-time
                             * @description When it signs no more and is deleted.
                             * @example 2026-11-23T12:00:00.000Z
                             */
                            endsAt: string;
                            version: number;
                        }[];
                        version: number;
                    };
                };
            };
        };
    };
    deleteSecret: {
        parameters: {
            query?: {
                force?: "true" | "false";
            };
            header?: never;
            path: {
                entity: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Deliveries that were waiting. */
                        cancelled: string[];
                    };
                };
            };
        };
    };
    endSecretOverlap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Versions. */
                        ended: number[];
                    };
                };
            };
        };
    };
    listTemplateVariables: {
        parameters: {
            query?: {
                collection?: string;
                /** @description Only what this type of event can have. */
                event?: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
                /** @description With a collection and a version: whose values are given in place of examples. */
                project?: string;
                run?: string;
                version?: string;
                /** @description The id of the webhook: whose secrets a template may name. */
                webhook?: string;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateVariables"];
                };
            };
        };
    };
    getEntityTimeToLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntityTimeToLive"];
                };
            };
        };
    };
    putEntityTimeToLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EntityTimeToLive"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntityTimeToLive"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ListedWebhook"][];
                    };
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: {
                force?: "true" | "false";
            };
            header?: never;
            path: {
                entity: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Deliveries that were waiting. */
                        cancelled: string[];
                    };
                };
            };
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The template: a JSON object, or its text. May refer to the secrets of the webhook. Absent: the default body. */
                    payload?: unknown;
                } | null;
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTestAnswer"];
                };
            };
        };
    };
    testUnsavedWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The template: a JSON object, or its text. May refer to the secrets of the webhook. Absent: the default body. */
                    payload?: unknown;
                    webhook: {
                        /** @description Sent as "Authorization: Bearer <value>". */
                        accessTokenSecret?: string | null;
                        /** @description The most requests open to the receiver at once. 10 by default. */
                        concurrencyMax?: number;
                        /** @description Extra headers. Values may contain ${SECRET}. */
                        headers?: {
                            [key: string]: string;
                        };
                        name?: string;
                        /** @description With an order: a delivery that waits is superseded by the next one of its automation. */
                        newestWins?: boolean;
                        /**
                         * @description Sends deliveries of one collection, or of one alias in it, one at a time, each once the one before it has ended.
                         * @enum {string}
                         */
                        order?: "none" | "collection" | "alias";
                        /** @description Holds its deliveries. false makes them due, and closes the circuit of a receiver that was out: say so once it is mended. */
                        paused?: boolean;
                        /** @description The most requests that begin in any minute. Absent or null: what the target bears, if that is known. */
                        rateLimitPerMinute?: number | null;
                        /** @description Seconds from each attempt to the next, read anew at each; [] for one attempt. Absent or null: by Standard Webhooks. */
                        retrySchedule?: number[] | null;
                        /** @description Further secrets that payloads may use. */
                        secrets?: string[];
                        signature?: components["schemas"]["SignatureSetting"];
                        /** @description Signs every request. */
                        signingSecret?: string | null;
                        /** @description Makes it a Slack integration, which notifications go to. The URL is that of an incoming webhook, or https://slack.com/api/chat.postMessage with the bot token as access token. */
                        slack?: {
                            /** @description Where a bot posts, such as #ml-alerts or C0123456789; of an incoming webhook, the name of its channel. */
                            channel: string;
                            /** @description Its name, for people. */
                            workspace: string;
                        } | null;
                        /** @description What the receiver is, by whose rule its answers are judged. Absent or null: as its URL shows. */
                        target?: ("generic" | "github_repository_dispatch" | "github_workflow_dispatch" | "gitlab" | "jenkins" | "circleci" | "slack" | "slack_api" | "teams" | "teams_connector" | "discord" | "pagerduty") | null;
                        /** @description https, or what TRIPLINE_WEBHOOK_ALLOW allows. May contain ${SECRET}. */
                        url: string;
                    };
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTestAnswer"];
                };
            };
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
        };
    };
    explainEvent: {
        parameters: {
            query?: {
                automation?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Explanation"][];
                    };
                };
            };
        };
    };
    listInvites: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                organization?: string;
                team?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Invite"][];
                    };
                };
            };
        };
    };
    createInvite: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the account, if one is made. */
                    email?: string;
                    /** Format: date-time */
                    expiresAt?: string;
                    organization?: string;
                    role?: components["schemas"]["Role"];
                    team?: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewInvite"];
                };
            };
        };
    };
    revokeInvite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getInvite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invite"];
                };
            };
        };
    };
    acceptInvite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string;
                    name?: string;
                    password?: string;
                    username?: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteAccepted"];
                };
            };
        };
    };
    listMasterKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MasterKey"][];
                    };
                };
            };
        };
    };
    resealWithNewestMasterKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Rows that are still to be done. */
                        remaining: number;
                        /** @description Rows that this call has sealed anew. */
                        resealed: number;
                        /** @description Rows that do not open, since they were changed; they stay as they are. */
                        unreadable: number;
                    };
                };
            };
        };
    };
    listOrganizations: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Organization"][];
                    };
                };
            };
        };
    };
    createOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    displayName?: string;
                    name: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    getOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
        };
    };
    deleteOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listOrganizationMembers: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Member"][];
                    };
                };
            };
        };
    };
    putOrganizationMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    role: components["schemas"]["Role"];
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    deleteOrganizationMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getOverview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
        };
    };
    listProjects: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ListedProject"][];
                    };
                };
            };
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    deleteRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    editRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistryPatch"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    listArtifactTypes: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ArtifactType"][];
                    };
                };
            };
        };
    };
    listCollections: {
        parameters: {
            query?: {
                cursor?: string;
                kind?: "SEQUENCE" | "PORTFOLIO";
                limit?: number;
                /** @description With a minus the other way round: the newest first. */
                order?: "name" | "-name" | "created" | "-created" | "updated" | "-updated";
                /** @description A part of the name, in capitals or not. */
                q?: string;
                type?: string;
            };
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Collection"][];
                    };
                };
            };
        };
    };
    createCollection: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCollection"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
        };
    };
    getCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
        };
    };
    deleteCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionPatch"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
        };
    };
    putAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AliasTarget"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    deleteAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    linkVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    unlinkVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    previewCollectionChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionChange"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeRehearsal"];
                };
            };
        };
    };
    tagCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
        };
    };
    untagCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listVersions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Version"][];
                    };
                };
            };
        };
    };
    logVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                collection: string;
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewVersion"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Begun. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingVersion"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    deleteVersion: {
        parameters: {
            query?: {
                /** @description Also while it has aliases. */
                deleteAliases?: "true" | "false";
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VersionPatch"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    listEntries: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ArtifactEntry"][];
                    };
                };
            };
        };
    };
    listExecutionsOfVersion: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Execution"][];
                    };
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ArtifactFile"][];
                    };
                };
            };
        };
    };
    downloadFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                /** @description The path of the file. */
                path: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    getLineage: {
        parameters: {
            query?: {
                /** @description How many runs or references far, each way. */
                depth?: number;
            };
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lineage"];
                };
            };
        };
    };
    previewVersionChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                collection: string;
                entity: string;
                project: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VersionChange"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeRehearsal"];
                };
            };
        };
    };
    tagVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                tag: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    untagVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                entity: string;
                project: string;
                tag: string;
                /** @description A number such as `v3`, or an alias. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    listRegistryMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["RegistryMember"][];
                    };
                };
            };
        };
    };
    putRegistryTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
                team: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistryTeam"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryMember"];
                };
            };
        };
    };
    removeRegistryTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    putRegistryUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistryUser"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryMember"];
                };
            };
        };
    };
    removeRegistryUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listRunAlerts: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description Only those of the run of this name. */
                run?: string;
            };
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["RunAlert"][];
                    };
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description By age, display name, or when it was last heard of; with a minus the other way round. */
                order?: "created" | "-created" | "name" | "-name" | "heartbeat" | "-heartbeat";
                /** @description A part of the name, of the display name or of the notes. */
                q?: string;
                state?: "running" | "finished" | "failed" | "crashed";
            };
            header?: never;
            path: {
                entity: string;
                project: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Run"][];
                    };
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entity: string;
                project: string;
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetails"];
                };
            };
        };
    };
    listRunArtifacts: {
        parameters: {
            query?: {
                cursor?: string;
                direction?: "logged" | "used";
                limit?: number;
            };
            header?: never;
            path: {
                entity: string;
                project: string;
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Version"][];
                    };
                };
            };
        };
    };
    getReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description Of each kind. */
                limit?: number;
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchResults"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    setUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string;
                    name?: string;
                    password?: string;
                    token: string;
                    username: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupDone"];
                };
            };
        };
    };
    listTeams: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                organization?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Team"][];
                    };
                };
            };
        };
    };
    createTeam: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    displayName?: string;
                    name: string;
                    organization?: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
        };
    };
    getTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
        };
    };
    deleteTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listTeamMembers: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Member"][];
                    };
                };
            };
        };
    };
    putTeamMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    role: components["schemas"]["Role"];
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    deleteTeamMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    createServiceAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    role?: components["schemas"]["Role"];
                    username: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewServiceAccount"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description Only those with this in their username, name or e-mail address. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["User"][];
                    };
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    admin?: boolean;
                    apiKey?: string;
                    email?: string;
                    name?: string;
                    password?: string;
                    username: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    admin?: boolean;
                    email?: string | null;
                    name?: string | null;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["ApiKey"][];
                    };
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    /** Format: date-time */
                    expiresAt?: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    new: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getViewer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Viewer"];
                };
            };
        };
    };
    updateViewer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    defaultEntity?: string;
                    email?: string | null;
                    name?: string | null;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Viewer"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current?: string;
                    new: string;
                };
            };
        };
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cursor?: string;
                        items: components["schemas"]["Session"][];
                    };
                };
            };
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done; there is nothing to show. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listWebhookTargets: {
        parameters: {
            query?: {
                /** @description What the presets are for: they name only what such an event has. */
                event?: "CREATE_ARTIFACT" | "LINK_ARTIFACT" | "UNLINK_ARTIFACT" | "ADD_ARTIFACT_ALIAS" | "REMOVE_ARTIFACT_ALIAS" | "ADD_ARTIFACT_TAG" | "REMOVE_ARTIFACT_TAG" | "ADD_COLLECTION_TAG" | "REMOVE_COLLECTION_TAG" | "DELETE_ARTIFACT" | "RUN_METRIC" | "RUN_METRIC_CHANGE" | "RUN_METRIC_ZSCORE" | "RUN_STATE" | "RUN_ALERT";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            "4XX": components["responses"]["Problem"];
            "5XX": components["responses"]["Problem"];
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookTarget"][];
                    };
                };
            };
        };
    };
}
