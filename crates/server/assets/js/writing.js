// The page of writing into files: actions, and a fresh look every moment.
import { keepLooking, sendForms } from './act.js';
import { refresh } from './fragment.js';

const look = () => refresh('writing-state', 'writing-files', 'writing-runs');

sendForms(look);
if (document.getElementById('writing-state')) keepLooking(look);
