"""Campaign files: text in, campaigns or located mistakes out."""
