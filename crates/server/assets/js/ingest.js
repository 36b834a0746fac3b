// The page of landing zones: actions, and a fresh look every moment.
import { keepLooking, sendForms } from './act.js';
import { refresh } from './fragment.js';

const look = () => refresh('ingest-zones', 'ingest-undone', 'ingest-waiting');

sendForms(look);
if (document.getElementById('ingest-zones')) keepLooking(look);
