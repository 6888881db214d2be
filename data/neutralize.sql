-- A copy of the database must not touch the live shop (DESIGN 2.8). `bound_to` tells copies that were made without this too.
UPDATE shopify_store
   SET state = 'draft',
       pause_reason = 'This database is a neutralized copy. Connect again to use it with a test store.',
       client_id = NULL,
       client_secret = NULL,
       previous_client_secret = NULL,
       access_token = NULL,
       webhook_token = NULL,
       bound_to = NULL;
DELETE FROM shopify_access;
DELETE FROM shopify_finding;
UPDATE shopify_job SET state = 'skipped', error = 'Set aside: this database is a neutralized copy.' WHERE state = 'pending';
DELETE FROM ir_config_parameter WHERE key = 'shopify_sync.endpoint_override';
